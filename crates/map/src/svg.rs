//! The drawing as SVG, for light and dark pages alike.

use crate::layout::{INTERNET, Layout, Line, MARGIN, MAX_ROUTES, Pill, Place, ROUTE_LINE, layout, shortened};
use crate::picture::{Interface, Map, Outward, Subnet, TargetKind, Vpc, What};
use std::fmt::Write;

/// How many colours lines and labels have, and each of them on a light page, where letters in it are white, and on a
/// dark one, where they are dark.
const COLOURS: [(&str, &str); 8] = [
    ("#2563eb", "#60a5fa"),
    ("#b45309", "#f59e0b"),
    ("#047857", "#34d399"),
    ("#7c3aed", "#a78bfa"),
    ("#be185d", "#f472b6"),
    ("#0e7490", "#22d3ee"),
    ("#4d7c0f", "#a3e635"),
    ("#b91c1c", "#f87171"),
];

const STYLE: &str = "\
.page{fill:#ffffff}.vpc{fill:#f8fafc;stroke:#475569}.zone{fill:none;stroke:#94a3b8;stroke-dasharray:5 4}\
.subnet{stroke-width:1}.public{fill:#ecfdf5;stroke:#6ee7b7}.private{fill:#eff6ff;stroke:#93c5fd}\
.isolated{fill:#f5f3ff;stroke:#c4b5fd}.card{fill:#ffffff;stroke:#cbd5e1}.strong{fill:#0f172a;font-weight:600}\
.plain{fill:#334155}.faint{fill:#64748b}.mono{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,\
'DejaVu Sans Mono',monospace}.cloud{fill:#e2e8f0;stroke:#64748b}.gate{fill:#0f172a}.gatetext{fill:#ffffff;font-weight:600}\
.glyph{fill:none;stroke:#475569;stroke-width:1.6;stroke-linecap:round;stroke-linejoin:round}\
.tile{fill:#f1f5f9}.trunk{stroke:#64748b;stroke-width:2.5}\
.label{fill:#ffffff;font-weight:600}.line{fill:none;stroke-width:1.6;stroke-opacity:.9}";

const DARK_STYLE: &str = "\
.page{fill:#0b1120}.vpc{fill:#111827;stroke:#94a3b8}.zone{stroke:#475569}\
.public{fill:#06251d;stroke:#0f766e}.private{fill:#0c1d3a;stroke:#1d4ed8}.isolated{fill:#1c1535;stroke:#6d28d9}\
.card{fill:#1e293b;stroke:#475569}.strong{fill:#f8fafc}.plain{fill:#cbd5e1}.faint{fill:#94a3b8}\
.cloud{fill:#334155;stroke:#94a3b8}.gate{fill:#e2e8f0}.gatetext{fill:#0f172a}.glyph{stroke:#cbd5e1}.tile{fill:#334155}\
.trunk{stroke:#94a3b8}.label{fill:#0b1120}";

pub fn svg(map: &Map) -> String {
    let layout = layout(map);
    let mut out = Drawing(String::new());
    out.begin(map, &layout);
    for (place, vpc) in &layout.vpcs {
        out.vpc(*place, vpc);
    }
    for (place, name) in &layout.zones {
        out.zone(*place, name);
    }
    for (place, subnet) in &layout.subnets {
        out.subnet(*place, subnet);
    }
    layout.lines.iter().for_each(|line| out.line(line));
    for (place, interface) in &layout.cards {
        out.card(*place, interface);
    }
    layout.pills.iter().for_each(|pill| out.pill(pill));
    for (place, vpc) in &layout.vpcs {
        out.gateway(*place, vpc);
    }
    out.caption(map, &layout);
    out.put("</svg>\n");
    out.0
}

struct Drawing(String);

/// A piece of text, where it begins.
struct Words<'a> {
    x: f64,
    y: f64,
    size: f64,
    class: &'a str,
    text: &'a str,
}

impl Drawing {
    fn put(&mut self, text: &str) {
        self.0.push_str(text);
    }

    fn write(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.0.write_fmt(text);
    }

    fn begin(&mut self, map: &Map, layout: &Layout<'_>) {
        let (width, height) = (layout.width.max(480.0), layout.height);
        self.write(format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
             viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-labelledby=\"map-title map-desc\" \
             font-family=\"system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,'DejaVu Sans',sans-serif\">\n"
        ));
        let vpcs: Vec<String> = map.vpcs.iter().map(|vpc| vpc.id.to_string()).collect();
        self.write(format_args!(
            "<title id=\"map-title\">Network map of {}</title>\n",
            escaped(&vpcs.join(", "))
        ));
        self.write(format_args!("<desc id=\"map-desc\">{}</desc>\n", escaped(&description(map))));
        let colours = |of: fn(&(&'static str, &'static str)) -> &'static str| -> String {
            let rule = |(index, pair): (usize, &(&'static str, &'static str))| {
                let colour = of(pair);
                format!(".f{index}{{fill:{colour}}}.l{index}{{stroke:{colour}}}")
            };
            COLOURS.iter().enumerate().map(rule).collect()
        };
        let (light, dark) = (colours(|pair| pair.0), colours(|pair| pair.1));
        self.write(format_args!(
            "<style>{STYLE}{light}@media (prefers-color-scheme:dark){{{DARK_STYLE}{dark}}}</style>\n"
        ));
        self.put("<defs>");
        for index in 0..COLOURS.len() {
            self.write(format_args!(
                "<marker id=\"arrow{index}\" viewBox=\"0 0 8 8\" refX=\"2\" refY=\"4\" markerWidth=\"7\" \
                 markerHeight=\"7\" orient=\"auto\"><path d=\"M0 .8L7 4L0 7.2z\" class=\"f{index}\"/></marker>\
                 <marker id=\"dot{index}\" viewBox=\"0 0 8 8\" refX=\"4\" refY=\"4\" markerWidth=\"4\" \
                 markerHeight=\"4\"><circle cx=\"4\" cy=\"4\" r=\"4\" class=\"f{index}\"/></marker>"
            ));
        }
        self.put("</defs>\n");
        self.write(format_args!("<rect class=\"page\" width=\"{width:.0}\" height=\"{height:.0}\"/>\n"));
    }

    fn rect(&mut self, place: Place, radius: f64, class: &str) {
        let Place { x, y, width, height } = place;
        self.write(format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"{radius:.0}\"/>\n"
        ));
    }

    fn words(&mut self, words: Words<'_>) {
        self.anchored(words, "start");
    }

    fn anchored(&mut self, words: Words<'_>, anchor: &str) {
        let Words { x, y, size, class, text } = words;
        let anchor = if anchor == "start" { String::new() } else { format!(" text-anchor=\"{anchor}\"") };
        self.write(format_args!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\"{anchor}>{}</text>\n",
            escaped(text)
        ));
    }

    fn vpc(&mut self, place: Place, vpc: &Vpc) {
        if vpc.internet_gateway.is_some() {
            let (x, y) = (place.x + place.width / 2.0, place.y - INTERNET + 18.0);
            let (from, to) = (y + 16.0, place.y);
            self.write(format_args!("<path class=\"trunk\" d=\"M{x:.1} {from:.1}V{to:.1}\"/>\n"));
            self.rect(Place { x: x - 62.0, y: y - 14.0, width: 124.0, height: 30.0 }, 15.0, "cloud");
            self.anchored(
                Words { x, y: y + 5.5, size: 13.0, class: "strong", text: "the internet" },
                "middle",
            );
        }
        self.rect(place, 14.0, "vpc");
        let named = vpc.name.as_ref().map(|name| shortened(name, 40));
        let title = named.unwrap_or_else(|| vpc.id.to_string());
        let (x, y) = (place.x + 22.0, place.y + 30.0);
        self.words(Words { x, y, size: 17.0, class: "strong", text: &title });
        let mut facts = format!("{} · {}", vpc.id, vpc.cidrs.join(", "));
        for (id, other) in &vpc.peerings {
            facts.push_str(&format!(" · {id} to {other}"));
        }
        self.words(Words { x, y: y + 21.0, size: 12.0, class: "faint mono", text: &facts });
    }

    /// The internet gateway sits in the wall.
    fn gateway(&mut self, place: Place, vpc: &Vpc) {
        let Some(id) = &vpc.internet_gateway else { return };
        let (x, y) = (place.x + place.width / 2.0, place.y);
        let width = f64::from(u32::try_from(id.chars().count()).unwrap_or(20)) * 6.9 + 26.0;
        self.rect(Place { x: x - width / 2.0, y: y - 12.0, width, height: 24.0 }, 12.0, "gate");
        self.anchored(Words { x, y: y + 4.0, size: 11.0, class: "gatetext mono", text: id }, "middle");
    }

    fn zone(&mut self, place: Place, name: &str) {
        self.rect(place, 10.0, "zone");
        self.words(Words { x: place.x + 14.0, y: place.y + 23.0, size: 12.5, class: "plain", text: name });
    }

    fn subnet(&mut self, place: Place, subnet: &Subnet) {
        self.rect(place, 8.0, &format!("subnet {}", subnet.tier.as_str()));
        let x = place.x + 14.0;
        let id = subnet.id.to_string();
        let title = subnet.name.as_ref().map_or_else(|| id.clone(), |name| shortened(name, 34));
        self.words(Words { x, y: place.y + 22.0, size: 13.0, class: "strong", text: &title });
        let end = Words {
            x: place.right() - 14.0,
            y: place.y + 22.0,
            size: 11.0,
            class: "faint",
            text: subnet.tier.as_str(),
        };
        self.anchored(end, "end");
        let facts =
            if subnet.name.is_some() { format!("{id} · {}", subnet.cidr) } else { subnet.cidr.clone() };
        self.words(Words { x, y: place.y + 39.0, size: 11.0, class: "faint mono", text: &facts });
        let tables = format!("{} · {}", subnet.route_table, subnet.network_acl);
        self.words(Words { x, y: place.y + 55.0, size: 10.5, class: "faint mono", text: &tables });
        self.routes(x, place.y + 55.0, subnet);
    }

    fn routes(&mut self, x: f64, above: f64, subnet: &Subnet) {
        let shown = if subnet.routes.len() > MAX_ROUTES { MAX_ROUTES - 1 } else { subnet.routes.len() };
        let mut y = above;
        for route in subnet.routes.iter().take(shown) {
            y += ROUTE_LINE;
            let mark = match route.kind {
                TargetKind::Internet => 0,
                TargetKind::Nat => 1,
                TargetKind::Endpoint => 2,
                TargetKind::Peering => 3,
                TargetKind::Interface => 5,
                TargetKind::Nowhere => 7,
            };
            let nowhere = if route.kind == TargetKind::Nowhere { " (leads nowhere)" } else { "" };
            let text = format!("{} → {}{nowhere}", route.destination, route.target);
            let dot = y - 3.8;
            self.write(format_args!(
                "<circle cx=\"{:.1}\" cy=\"{dot:.1}\" r=\"3\" class=\"f{mark}\"/>\n",
                x + 3.0
            ));
            self.words(Words { x: x + 12.0, y, size: 10.5, class: "plain mono", text: &text });
        }
        let left = subnet.routes.len().saturating_sub(shown);
        if left > 0 {
            let text = format!("and {left} more routes");
            self.words(Words { x: x + 12.0, y: y + ROUTE_LINE, size: 10.5, class: "faint", text: &text });
        }
    }

    fn card(&mut self, place: Place, interface: &Interface) {
        self.put("<g>");
        self.write(format_args!("<title>{}</title>\n", escaped(&card_title(interface))));
        self.rect(place, 8.0, "card");
        let (x, y) = (place.x + 12.0, place.y + 12.0);
        self.rect(Place { x, y, width: 30.0, height: 30.0 }, 7.0, "tile");
        self.write(format_args!(
            "<path class=\"glyph\" transform=\"translate({:.1} {:.1})\" d=\"{}\"/>\n",
            x + 5.0,
            y + 5.0,
            glyph(interface.what)
        ));
        let left = place.x + 52.0;
        let kind = interface.what.as_str();
        self.words(Words { x: left, y: place.y + 20.0, size: 10.0, class: "faint", text: kind });
        if let Some(outward) = interface.outward {
            let text = match outward {
                Outward::InternetGateway => "↗ internet",
                Outward::NatGateway => "↗ internet by NAT",
            };
            let end = Words { x: place.right() - 10.0, y: place.y + 20.0, size: 10.0, class: "faint", text };
            self.anchored(end, "end");
        }
        let name = shortened(&interface.name, 20);
        self.words(Words { x: left, y: place.y + 37.0, size: 13.0, class: "strong", text: &name });
        let public = interface.public.as_ref().map(|public| format!(" = {public}")).unwrap_or_default();
        let address = shortened(&format!("{}{public}", interface.address), 33);
        let size = if address.chars().count() > 25 { 8.6 } else { 11.0 };
        self.words(Words { x: left, y: place.y + 54.0, size, class: "plain mono", text: &address });
        let groups = if interface.groups.is_empty() {
            String::new()
        } else {
            format!("sg: {}", interface.groups.join(", "))
        };
        let groups = shortened(&groups, 30);
        self.words(Words { x: left, y: place.y + 70.0, size: 10.5, class: "faint", text: &groups });
        self.put("</g>\n");
    }

    fn line(&mut self, line: &Line) {
        let index = line.colour % COLOURS.len();
        self.write(format_args!(
            "<path class=\"line l{index}\" d=\"{}\" marker-start=\"url(#dot{index})\" \
             marker-end=\"url(#arrow{index})\"><title>{}</title></path>\n",
            line.path,
            escaped(&line.title)
        ));
    }

    fn pill(&mut self, pill: &Pill) {
        let index = pill.colour % COLOURS.len();
        self.write(format_args!("<g><title>{}</title>", escaped(&pill.title)));
        self.rect(pill.place, pill.place.height / 2.0, &format!("f{index}"));
        let (x, y) = (pill.place.x + pill.place.width / 2.0, pill.place.y + 12.8);
        self.anchored(Words { x, y, size: 10.5, class: "label", text: &pill.text }, "middle");
        self.put("</g>\n");
    }

    fn caption(&mut self, map: &Map, layout: &Layout<'_>) {
        let more = match map.left_out {
            _ if map.is_large => " There are too many interfaces to ask who talks to whom.".to_owned(),
            0 => String::new(),
            left => format!(" {left} more connections are not drawn."),
        };
        let text =
            format!("An arrow: may open a connection, at these TCP ports; decided packet by packet.{more}");
        let y = layout.height - MARGIN;
        self.words(Words { x: MARGIN, y, size: 11.5, class: "faint", text: &text });
    }
}

fn card_title(interface: &Interface) -> String {
    let groups = interface.groups.join(", ");
    format!("{} {} ({}, {groups})", interface.what.as_str(), interface.name, interface.id)
}

/// For who cannot see it.
fn description(map: &Map) -> String {
    let text = crate::text(map);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A drawing of twenty by twenty.
fn glyph(what: What) -> &'static str {
    match what {
        What::Function => "M5 3h3l7 14h2M9 9l-5 8",
        What::Database => "M4 5c0-3 12-3 12 0v10c0 3-12 3-12 0zM4 5c0 3 12 3 12 0M4 10c0 3 12 3 12 0",
        What::Instance => "M5 5h10v10H5zM8 2v3M12 2v3M8 15v3M12 15v3M2 8h3M2 12h3M15 8h3M15 12h3",
        What::Program => "M3 4h14v12H3zM6 8l3 2.5L6 13M11 13h3",
        What::Endpoint => "M10 3v4M10 13v4M3 10h4M13 10h4M7 10a3 3 0 1 0 6 0a3 3 0 1 0-6 0",
        What::NatGateway => "M3 7h12M12 4l3 3l-3 3M17 13H5M8 10l-3 3l3 3",
        What::Interface => "M4 6h12v8H4zM7 14v3M10 14v3M13 14v3",
    }
}

/// Text as XML takes it. What XML cannot have at all becomes the sign for that.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

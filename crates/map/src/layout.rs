//! Where everything is. Zones stand beside each other, subnets of one kind in one row, interfaces below each other.

use crate::picture::{Interface, Map, Party, Subnet, Talk, Tier, Vpc};
use base::NetworkInterfaceId;
use std::collections::BTreeMap;

pub(crate) const MARGIN: f64 = 28.0;
pub(crate) const CARD_WIDTH: f64 = 228.0;
const CARD_HEIGHT: f64 = 82.0;
const CARD_GAP: f64 = 16.0;
const SUBNET_HEAD: f64 = 66.0;
pub(crate) const ROUTE_LINE: f64 = 16.0;
const SUBNET_FOOT: f64 = 18.0;
const ROW_GAP: f64 = 18.0;
const ZONE_HEAD: f64 = 36.0;
const ZONE_FOOT: f64 = 16.0;
const ZONE_PAD: f64 = 14.0;
/// Between zones, without lines and with the lanes of lines.
const ZONE_GAP: f64 = 24.0;
const GUTTER: f64 = 66.0;
const VPC_HEAD: f64 = 84.0;
const VPC_FOOT: f64 = 22.0;
const VPC_GAP: f64 = 34.0;
/// Above a VPC with an internet gateway, for the internet.
pub(crate) const INTERNET: f64 = 74.0;
const CAPTION: f64 = 46.0;
/// Beside a card, at least; more where a label needs it.
const MIN_SIDE: f64 = 40.0;
pub(crate) const PILL_HEIGHT: f64 = 18.0;
const PILL_GAP: f64 = 4.0;
/// How many lines run beside each other in a gutter, and how far apart.
const LANES: usize = 8;
const LANE: f64 = 7.0;
const CORNER: f64 = 8.0;
/// A character of a label, in its width.
const PILL_CHARACTER: f64 = 6.3;
const PILL_PAD: f64 = 14.0;
/// What a label shows of its text.
const MAX_LABEL: usize = 22;
/// What a subnet shows of its routes.
pub(crate) const MAX_ROUTES: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Place {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Place {
    pub(crate) fn right(self) -> f64 {
        self.x + self.width
    }

    pub(crate) fn bottom(self) -> f64 {
        self.y + self.height
    }

    pub(crate) fn middle(self) -> f64 {
        self.y + self.height / 2.0
    }
}

pub(crate) struct Layout<'a> {
    pub width: f64,
    pub height: f64,
    gutter: f64,
    pub vpcs: Vec<(Place, &'a Vpc)>,
    pub zones: Vec<(Place, &'a str)>,
    pub subnets: Vec<(Place, &'a Subnet)>,
    pub cards: Vec<(Place, &'a Interface)>,
    pub pills: Vec<Pill>,
    pub lines: Vec<Line>,
}

/// A label at the side of a card that others may talk to.
pub(crate) struct Pill {
    pub place: Place,
    pub text: String,
    /// The whole of it.
    pub title: String,
    pub colour: usize,
}

pub(crate) struct Line {
    pub path: String,
    pub title: String,
    pub colour: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    Left,
    Right,
}

pub(crate) fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most.saturating_sub(1)).chain(['…']).collect()
}

fn pill_width(label: &str) -> f64 {
    count(shortened(label, MAX_LABEL).chars().count()) * PILL_CHARACTER + PILL_PAD
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(0.0, f64::from)
}

pub(crate) fn lines_of_routes(subnet: &Subnet) -> usize {
    if subnet.routes.len() > MAX_ROUTES { MAX_ROUTES } else { subnet.routes.len() }
}

fn subnet_height(subnet: &Subnet) -> f64 {
    let cards = count(subnet.interfaces.len());
    let list = if subnet.interfaces.is_empty() { 0.0 } else { cards * (CARD_HEIGHT + CARD_GAP) - CARD_GAP };
    SUBNET_HEAD + count(lines_of_routes(subnet)) * ROUTE_LINE + list + SUBNET_FOOT
}

pub(crate) fn layout(map: &Map) -> Layout<'_> {
    let widest = map.talks.iter().map(|talk| pill_width(&talk.ports)).fold(0.0, f64::max);
    let mut out = Layout {
        width: 0.0,
        height: MARGIN,
        gutter: if map.talks.is_empty() { ZONE_GAP } else { GUTTER },
        vpcs: Vec::new(),
        zones: Vec::new(),
        subnets: Vec::new(),
        cards: Vec::new(),
        pills: Vec::new(),
        lines: Vec::new(),
    };
    let side = f64::max(MIN_SIDE, widest + 26.0);
    for vpc in &map.vpcs {
        out.vpc(vpc, side);
    }
    out.height += CAPTION - VPC_GAP + MARGIN;
    out.talks(&map.talks);
    out
}

/// The heights of the rows of subnets: those of one kind stand in the same rows in every zone.
fn rows(vpc: &Vpc) -> BTreeMap<(Tier, usize), f64> {
    let mut heights = BTreeMap::new();
    for zone in &vpc.zones {
        for (row, subnet) in numbered(&zone.subnets) {
            let height: &mut f64 = heights.entry(row).or_insert(0.0);
            *height = height.max(subnet_height(subnet));
        }
    }
    heights
}

fn numbered(subnets: &[Subnet]) -> impl Iterator<Item = ((Tier, usize), &Subnet)> {
    let mut seen: BTreeMap<Tier, usize> = BTreeMap::new();
    subnets.iter().map(move |subnet| {
        let number = seen.entry(subnet.tier).or_insert(0);
        *number += 1;
        ((subnet.tier, *number), subnet)
    })
}

impl<'a> Layout<'a> {
    fn vpc(&mut self, vpc: &'a Vpc, side: f64) {
        if vpc.internet_gateway.is_some() {
            self.height += INTERNET;
        }
        let subnet_width = CARD_WIDTH + 2.0 * side;
        let zone_width = subnet_width + 2.0 * ZONE_PAD;
        let zones = count(vpc.zones.len()).max(1.0);
        let rows = rows(vpc);
        let inner: f64 = rows.values().map(|height| height + ROW_GAP).sum();
        let zone_height = ZONE_HEAD + inner.max(ROW_GAP) - ROW_GAP + ZONE_FOOT;
        let place = Place {
            x: MARGIN,
            y: self.height,
            width: zones * zone_width + (zones + 1.0) * self.gutter,
            height: VPC_HEAD + zone_height + VPC_FOOT,
        };
        self.vpcs.push((place, vpc));
        for (index, zone) in vpc.zones.iter().enumerate() {
            let zone_place = Place {
                x: place.x + self.gutter + count(index) * (zone_width + self.gutter),
                y: place.y + VPC_HEAD,
                width: zone_width,
                height: zone_height,
            };
            self.zones.push((zone_place, &zone.name));
            for (row, subnet) in numbered(&zone.subnets) {
                let above: f64 = rows.range(..row).map(|(_, height)| height + ROW_GAP).sum();
                let height = rows.get(&row).copied().unwrap_or_default();
                let (x, y) = (zone_place.x + ZONE_PAD, zone_place.y + ZONE_HEAD + above);
                self.subnet(Place { x, y, width: subnet_width, height }, subnet, side);
            }
        }
        self.width = self.width.max(place.right() + MARGIN);
        self.height = place.bottom() + VPC_GAP;
    }

    fn subnet(&mut self, place: Place, subnet: &'a Subnet, side: f64) {
        self.subnets.push((place, subnet));
        let top = place.y + SUBNET_HEAD + count(lines_of_routes(subnet)) * ROUTE_LINE;
        for (index, interface) in subnet.interfaces.iter().enumerate() {
            let y = top + count(index) * (CARD_HEIGHT + CARD_GAP);
            let card = Place { x: place.x + side, y, width: CARD_WIDTH, height: CARD_HEIGHT };
            self.cards.push((card, interface));
        }
    }

    fn card(&self, id: &NetworkInterfaceId) -> Option<Place> {
        self.cards.iter().find(|(_, interface)| &interface.id == id).map(|(place, _)| *place)
    }

    fn talks(&mut self, talks: &[Talk]) {
        let colours = colours(talks);
        let pills = self.place_pills(talks, &colours);
        for talk in talks {
            let Some((side, from)) = self.side(talk) else { continue };
            let Some(pill) = pills.get(&(talk.to.clone(), side, talk.ports.clone())).copied() else {
                continue;
            };
            let colour = colours.get(&talk.to).copied().unwrap_or_default();
            let end = (if side == Side::Left { pill.x - 7.0 } else { pill.right() + 7.0 }, pill.middle());
            let points = match from {
                Some(card) => self.around(card, talk, side, colour, end),
                None => self.inward(talk, colour, end),
            };
            let title = format!("{} to {} at {}", party(&talk.from), talk.to, talk.ports);
            self.lines.extend(points.map(|points| Line { path: rounded(&points), title, colour }));
        }
    }

    /// At which side of its target a line arrives, and from which card.
    fn side(&self, talk: &Talk) -> Option<(Side, Option<Place>)> {
        let to = self.card(&talk.to)?;
        match &talk.from {
            Party::Internet => Some((Side::Left, None)),
            Party::Interface(id) => {
                let from = self.card(id)?;
                Some((if from.x < to.x { Side::Left } else { Side::Right }, Some(from)))
            }
        }
    }

    /// The middle of the gutter beside a card's zone, and where the lines to one target run in it: those that go to
    /// the same run together.
    fn lane(&self, card: Place, side: Side, colour: usize) -> f64 {
        let inside = |zone: &Place| zone.x < card.x && card.right() < zone.right() && zone.bottom() > card.y;
        let zone = self.zones.iter().map(|(place, _)| *place).find(inside).unwrap_or(card);
        let middle = match side {
            Side::Left => zone.x - self.gutter / 2.0,
            Side::Right => zone.right() + self.gutter / 2.0,
        };
        middle + (count(colour % LANES) - count(LANES - 1) / 2.0) * LANE
    }

    /// The band between the name of the VPC that a card is in and its zones, and the middle of its gateway.
    fn band(&self, card: Place, colour: usize) -> Option<(f64, f64, f64)> {
        let around = |place: &Place| place.y < card.y && card.bottom() < place.bottom();
        let vpc = self.vpcs.iter().map(|(place, _)| *place).find(around)?;
        Some((vpc.x + vpc.width / 2.0, vpc.y + 12.0, vpc.y + VPC_HEAD - 16.0 + count(colour % 4) * 4.0))
    }

    /// Out of the card, along the gutters, to its end.
    fn around(
        &self,
        card: Place,
        talk: &Talk,
        side: Side,
        colour: usize,
        end: (f64, f64),
    ) -> Option<Vec<(f64, f64)>> {
        let to = self.card(&talk.to)?;
        let same_column = (card.x - to.x).abs() < 1.0;
        let leaves = if side == Side::Right && !same_column { Side::Left } else { Side::Right };
        let y = card.bottom() - 9.0 - count(colour % LANES) * 4.0;
        let start = (if leaves == Side::Right { card.right() } else { card.x }, y);
        let (near, far) = (self.lane(card, leaves, colour), self.lane(to, side, colour));
        let mut points = vec![start, (near, y)];
        if (near - far).abs() > 1.0 {
            let (_, _, band) = self.band(to, colour)?;
            points.extend([(near, band), (far, band)]);
        }
        points.extend([(far, end.1), end]);
        Some(points)
    }

    fn inward(&self, talk: &Talk, colour: usize, end: (f64, f64)) -> Option<Vec<(f64, f64)>> {
        let to = self.card(&talk.to)?;
        let (x, y, band) = self.band(to, colour)?;
        let lane = self.lane(to, Side::Left, colour);
        Some(vec![(x, y), (x, band), (lane, band), (lane, end.1), end])
    }

    fn place_pills(
        &mut self,
        talks: &[Talk],
        colours: &BTreeMap<NetworkInterfaceId, usize>,
    ) -> BTreeMap<(NetworkInterfaceId, Side, String), Place> {
        let mut wanted: BTreeMap<(NetworkInterfaceId, Side), Vec<String>> = BTreeMap::new();
        for talk in talks {
            let Some((side, _)) = self.side(talk) else { continue };
            let labels = wanted.entry((talk.to.clone(), side)).or_default();
            if !labels.contains(&talk.ports) {
                labels.push(talk.ports.clone());
            }
        }
        let mut placed = BTreeMap::new();
        for ((to, side), mut labels) in wanted {
            let Some(card) = self.card(&to) else { continue };
            labels.sort();
            for (index, label) in labels.into_iter().enumerate() {
                let width = pill_width(&label);
                let x = if side == Side::Left { card.x - width } else { card.right() };
                let y = card.y + 11.0 + count(index) * (PILL_HEIGHT + PILL_GAP);
                let place = Place { x, y, width, height: PILL_HEIGHT };
                let colour = colours.get(&to).copied().unwrap_or_default();
                let text = shortened(&label, MAX_LABEL);
                self.pills.push(Pill { place, text, title: label.clone(), colour });
                placed.insert((to.clone(), side, label), place);
            }
        }
        placed
    }
}

fn party(party: &Party) -> String {
    match party {
        Party::Internet => "the internet".to_owned(),
        Party::Interface(id) => id.to_string(),
    }
}

/// What others may talk to has a colour, in the order in which it is met.
fn colours(talks: &[Talk]) -> BTreeMap<NetworkInterfaceId, usize> {
    let mut colours = BTreeMap::new();
    for talk in talks {
        let next = colours.len();
        colours.entry(talk.to.clone()).or_insert(next);
    }
    colours
}

/// A path of straight lines whose corners are round.
fn rounded(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().copied().enumerate() {
        let before = index.checked_sub(1).and_then(|before| points.get(before)).copied();
        match (before, points.get(index + 1).copied()) {
            (None, _) => path.push_str(&format!("M{x:.1} {y:.1}")),
            (Some(_), None) => path.push_str(&format!("L{x:.1} {y:.1}")),
            (Some(before), Some(after)) => {
                let radius = CORNER.min(distance(before, (x, y)) / 2.0).min(distance((x, y), after) / 2.0);
                let (ax, ay) = towards((x, y), before, radius);
                let (bx, by) = towards((x, y), after, radius);
                path.push_str(&format!("L{ax:.1} {ay:.1}Q{x:.1} {y:.1} {bx:.1} {by:.1}"));
            }
        }
    }
    path
}

fn distance(one: (f64, f64), other: (f64, f64)) -> f64 {
    (one.0 - other.0).hypot(one.1 - other.1)
}

/// A point on the way from one to the other.
fn towards(from: (f64, f64), to: (f64, f64), by: f64) -> (f64, f64) {
    let length = distance(from, to);
    if length == 0.0 {
        return from;
    }
    (from.0 + (to.0 - from.0) * by / length, from.1 + (to.1 - from.1) * by / length)
}

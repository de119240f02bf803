//! Where a redirect leads.
//! <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_RedirectActionConfig.html>

use crate::plan::Redirect;
use crate::rules::Asked;

impl Redirect {
    /// The `Location`. Scheme and port are the listener's.
    pub fn location(&self, asked: &Asked<'_>, scheme: &str, port: u16) -> String {
        let fill = |template: &str| {
            template
                .replace("#{protocol}", scheme)
                .replace("#{host}", asked.host)
                .replace("#{port}", &port.to_string())
                .replace("#{path}", asked.path.trim_start_matches('/'))
                .replace("#{query}", asked.query.unwrap_or_default())
        };
        let scheme = fill(&self.protocol).to_ascii_lowercase();
        let (host, port, path) = (fill(&self.host), fill(&self.port), fill(&self.path));
        let query = fill(&self.query);
        let query = if query.is_empty() { query } else { format!("?{query}") };
        format!("{scheme}://{host}:{port}{path}{query}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};

    #[test]
    fn parts_that_are_not_named_stay() {
        let asked = Asked {
            host: "a.example",
            path: "/x/y",
            query: Some("q=1"),
            method: "GET",
            headers: &[],
            source: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        let usual = |host: &str, port: &str, protocol: &str, path: &str, query: &str| Redirect {
            status: 301,
            protocol: protocol.to_owned(),
            host: host.to_owned(),
            port: port.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
        };
        for (redirect, wanted) in [
            (usual("#{host}", "443", "HTTPS", "/#{path}", "#{query}"), "https://a.example:443/x/y?q=1"),
            (usual("b.example", "#{port}", "#{protocol}", "/new/#{path}", ""), "http://b.example:80/new/x/y"),
        ] {
            assert_eq!(redirect.location(&asked, "http", 80), wanted);
        }
    }
}

//! The figures: one table for people, the same as JSON for programs.

use crate::machine::Machine;
use crate::memory::Memory;
use crate::samples::Samples;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Steps with a smaller part of a cold start are in the JSON only.
const SHOWN_SHARE: f64 = 0.005;

/// One thing that was measured, and what it is held against.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    pub what: String,
    pub samples: usize,
    pub p50_micros: Option<f64>,
    /// Given from a thousand samples on.
    pub p99_micros: Option<f64>,
    pub per_second: Option<f64>,
    pub pss_bytes: Option<u64>,
    pub rss_bytes: Option<u64>,
    pub against: Option<Against>,
}

/// How often the other's figure goes into this one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Against {
    pub what: String,
    pub ratio: f64,
}

impl Figure {
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), ..Self::default() }
    }

    #[must_use]
    pub fn latency(mut self, samples: &Samples) -> Self {
        self.samples = samples.count();
        self.p50_micros = samples.p50().map(micros);
        self.p99_micros = samples.p99().map(micros);
        self
    }

    #[must_use]
    pub fn rate(mut self, per_second: Option<f64>) -> Self {
        self.per_second = per_second;
        self
    }

    #[must_use]
    pub fn memory(mut self, memory: Memory, samples: usize) -> Self {
        self.samples = samples;
        (self.pss_bytes, self.rss_bytes) = (Some(memory.pss), Some(memory.rss));
        self
    }

    /// Compares rates when both have one, else medians, else memory.
    #[must_use]
    pub fn against(mut self, other: &Figure) -> Self {
        let bytes = |figure: &Figure| figure.pss_bytes.map(|bytes| bytes as f64);
        let ratio = [
            self.per_second.zip(other.per_second),
            self.p50_micros.zip(other.p50_micros),
            bytes(&self).zip(bytes(other)),
        ];
        let ratio = ratio.into_iter().flatten().next().filter(|(_, other)| *other > 0.0);
        self.against = ratio.map(|(own, other_s)| Against { what: other.what.clone(), ratio: own / other_s });
        self
    }

    fn cells(&self) -> [String; 7] {
        let per_second = self.per_second.map(|rate| format!("{rate:.0}/s"));
        let size = self.pss_bytes.zip(self.rss_bytes);
        let size = size.map(|(pss, rss)| format!("{} PSS, {} RSS", mebibytes(pss), mebibytes(rss)));
        let against = self.against.as_ref();
        [
            self.what.clone(),
            self.samples.to_string(),
            self.p50_micros.map(duration).unwrap_or_default(),
            self.p99_micros.map(duration).unwrap_or_default(),
            per_second.or(size).unwrap_or_default(),
            against.map(|a| format!("{:.2}", a.ratio)).unwrap_or_default(),
            against.map(|a| a.what.clone()).unwrap_or_default(),
        ]
    }
}

/// One step of the cold starts of one function.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepFigure {
    pub function: String,
    pub step: String,
    pub samples: usize,
    pub mean_micros: f64,
    pub p50_micros: f64,
    /// Of the mean of the whole start.
    pub share: f64,
}

#[derive(Debug, Serialize)]
pub struct Report {
    pub machine: Machine,
    pub figures: Vec<Figure>,
    pub steps: Vec<StepFigure>,
}

impl Report {
    /// Two tables in Markdown, readable as they are.
    pub fn text(&self) -> String {
        let head = ["what", "samples", "p50", "p99", "rate or size", "ratio", "to"];
        let mut text = table(&head, self.figures.iter().map(|figure| figure.cells().to_vec()));
        if !self.steps.is_empty() {
            let head = ["cold start of", "step", "samples", "mean", "p50", "share"];
            let cells = |s: &StepFigure| {
                let numbers = (duration(s.mean_micros), duration(s.p50_micros), s.share * 100.0);
                let (function, step) = (s.function.clone(), s.step.clone());
                vec![
                    function,
                    step,
                    s.samples.to_string(),
                    numbers.0,
                    numbers.1,
                    format!("{:.1} %", numbers.2),
                ]
            };
            text.push('\n');
            let shown = self.steps.iter().filter(|step| step.share >= SHOWN_SHARE);
            text.push_str(&table(&head, shown.map(cells)));
        }
        text
    }
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let head: Vec<String> = head.iter().map(|&cell| cell.to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let width = |column: usize| rows.iter().filter_map(|row| Some(row.get(column)?.chars().count())).max();
    let widths: Vec<usize> = (0..).map_while(width).collect();
    let line = |row: &[String]| {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let rule: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
    let mut lines: Vec<String> = rows.iter().map(|row| line(row)).collect();
    lines.insert(1, line(&rule));
    lines.concat()
}

pub fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

fn duration(micros: f64) -> String {
    match micros {
        m if m < 10.0 => format!("{m:.2} µs"),
        m if m < 1000.0 => format!("{m:.0} µs"),
        m if m < 1_000_000.0 => format!("{:.2} ms", m / 1000.0),
        m => format!("{:.2} s", m / 1_000_000.0),
    }
}

fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_table_says_what_is_held_against_what() {
        let samples = |micros: &[u64]| micros.iter().map(|m| Duration::from_micros(*m)).collect::<Samples>();
        let other = Figure::new("the other").latency(&samples(&[400, 500, 600])).rate(Some(2000.0));
        let slower = Figure::new("slower").latency(&samples(&[1500])).against(&other);
        let rate = Figure::new("rate").latency(&samples(&[100])).rate(Some(500.4)).against(&other);
        let memory = Figure::new("memory").memory(Memory { pss: 3 << 19, rss: 2 << 20 }, 1);
        let machine = Machine::default();
        let steps = vec![StepFigure {
            function: "f".to_owned(),
            step: "mounts".to_owned(),
            samples: 2,
            mean_micros: 12.4,
            p50_micros: 12.0,
            share: 0.25,
        }];
        let report = Report { machine, figures: vec![other, slower, rate, memory], steps };
        expect![[r"
            | what      | samples | p50     | p99 | rate or size             | ratio | to        |
            | --------- | ------- | ------- | --- | ------------------------ | ----- | --------- |
            | the other | 3       | 500 µs  |     | 2000/s                   |       |           |
            | slower    | 1       | 1.50 ms |     |                          | 3.00  | the other |
            | rate      | 1       | 100 µs  |     | 500/s                    | 0.25  | the other |
            | memory    | 1       |         |     | 1.5 MiB PSS, 2.0 MiB RSS |       |           |

            | cold start of | step   | samples | mean  | p50   | share  |
            | ------------- | ------ | ------- | ----- | ----- | ------ |
            | f             | mounts | 2       | 12 µs | 12 µs | 25.0 % |
        "]]
        .assert_eq(&report.text());
    }
}

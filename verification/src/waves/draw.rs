//! The timeline as a picture: lanes of letters for a terminal, and SVG.

use super::timeline::{Guest, Kind, Timeline};
use anyhow::{anyhow, Result};
use plotters::prelude::*;

/// Height of a guest's lane and of what stands around the lanes, in pixels.
const LANE: u32 = 48;
const AROUND: u32 = 96;
const WIDTH: u32 = 1200;

/// The letter of a column that shows some of these cycles.
fn letter(guest: &Guest, from: u64, to: u64) -> char {
    let has = |kind: Kind| {
        let mut spans = guest.spans.iter();
        spans.any(|span| span.kind == kind && span.start < to && from < span.end)
    };
    let first = guest.copy_cycles.partition_point(|cycle| *cycle < from);
    let copies = guest
        .copy_cycles
        .get(first)
        .is_some_and(|cycle| *cycle < to);
    match () {
        () if has(Kind::Rollback) => 'R',
        () if has(Kind::Pause) => 'P',
        () if has(Kind::Rendezvous) => 'r',
        () if copies => 'c',
        () => '.',
    }
}

/// A line of letters per guest, `columns` wide: `R` a rollback, `P` a pause for a commit, `r` a rendezvous, `c` copies while
/// the guest runs, `.` none of these.
pub fn lanes(timeline: &Timeline, columns: usize) -> Vec<String> {
    let columns = columns.max(1) as u64;
    let edge = |column: u64| column * timeline.cycles / columns;
    let lane = |guest: &Guest| {
        (0..columns)
            .map(|column| letter(guest, edge(column), edge(column + 1).max(edge(column) + 1)))
            .collect()
    };
    timeline.guests.iter().map(lane).collect()
}

/// The timeline as SVG.
///
/// # Errors
/// When the drawing library fails.
pub fn svg(timeline: &Timeline, title: &str) -> Result<String> {
    let mut text = String::new();
    let guests = timeline.guests.len() as i32;
    {
        let size = (WIDTH, LANE * guests as u32 + AROUND);
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        let failed = |error: &dyn std::fmt::Display| anyhow!("cannot draw: {error}");
        root.fill(&WHITE).map_err(|error| failed(&error))?;
        let mut chart = ChartBuilder::on(&root)
            .margin(12)
            .caption(title, ("sans-serif", 18))
            .x_label_area_size(32)
            .y_label_area_size(64)
            .build_cartesian_2d(0..timeline.cycles.max(1), (0..guests).into_segmented())
            .map_err(|error| failed(&error))?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .x_desc("cycles")
            .y_labels(guests as usize)
            .y_label_formatter(&|place| match place {
                SegmentValue::CenterOf(guest) => format!("guest {guest}"),
                _ => String::new(),
            })
            .draw()
            .map_err(|error| failed(&error))?;
        let lane = SegmentValue::Exact;
        let kinds = [
            (Kind::Rendezvous, "rendezvous", RGBColor(190, 210, 240)),
            (Kind::Pause, "pause", RGBColor(240, 170, 60)),
            (Kind::Rollback, "rollback", RGBColor(200, 50, 50)),
        ];
        for (kind, name, colour) in kinds {
            let spans = timeline.guests.iter().enumerate().flat_map(|(g, guest)| {
                let of_kind = guest.spans.iter().filter(move |span| span.kind == kind);
                of_kind.map(move |span| (g as i32, span))
            });
            chart
                .draw_series(spans.map(|(g, span)| {
                    let mut bar = Rectangle::new(
                        [(span.start, lane(g)), (span.end, lane(g + 1))],
                        colour.filled(),
                    );
                    bar.set_margin(6, 6, 0, 0);
                    bar
                }))
                .map_err(|error| failed(&error))?
                .label(name)
                .legend(move |(x, y)| {
                    Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled())
                });
        }
        chart
            .configure_series_labels()
            .background_style(WHITE.mix(0.8))
            .border_style(BLACK)
            .draw()
            .map_err(|error| failed(&error))?;
        root.present().map_err(|error| failed(&error))?;
    }
    Ok(text)
}

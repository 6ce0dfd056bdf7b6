//! A comparison as pictures (SVG).

use super::report::{Comparison, Remote, Row};
use anyhow::{anyhow, Result};
use plotters::coord::Shift;
use plotters::prelude::*;

const COLUMNS: usize = 4;
const PANEL: (u32, u32) = (400, 340);
/// The colours of the series of a panel.
const SERIES: [RGBColor; 3] = [
    RGBColor(70, 110, 180),
    RGBColor(240, 170, 60),
    RGBColor(200, 70, 60),
];
/// The colours of the strategies as curves.
const CURVES: [RGBColor; 6] = [
    RGBColor(70, 110, 180),
    RGBColor(150, 100, 60),
    RGBColor(200, 70, 60),
    RGBColor(240, 170, 60),
    RGBColor(60, 150, 90),
    RGBColor(140, 80, 170),
];

/// Times and the part of all that takes no longer.
type Curve = Vec<(u32, f64)>;
type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// Bars: a group for each strategy, a bar for each series.
struct Panel {
    title: &'static str,
    unit: &'static str,
    is_logarithmic: bool,
    series: Vec<(&'static str, Vec<f64>)>,
}

fn failed(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("cannot draw: {error}")
}

fn panels(comparison: &Comparison) -> Vec<Panel> {
    let of = |value: fn(&Row) -> f64| comparison.rows.iter().map(value).collect::<Vec<f64>>();
    let panel = |title, unit, series| Panel {
        title,
        unit,
        is_logarithmic: false,
        series,
    };
    let logarithmic = |panel| Panel {
        is_logarithmic: true,
        ..panel
    };
    let mut overhead = vec![("all", of(|row| row.overhead * 100.0))];
    if comparison.has_cache {
        overhead.push(("without the flush", of(|row| row.overhead_of_unit * 100.0)));
    }
    let has_backup = comparison.rows.iter().any(|row| row.remote.is_some());
    // What there is under S2 only: the others have no bar.
    let remote = |value: &dyn Fn(&Row, &Remote) -> f64| {
        let of = |row: &Row| (row.remote.as_ref()).map_or(f64::NAN, |remote| value(row, remote));
        comparison.rows.iter().map(of).collect::<Vec<f64>>()
    };
    let (mut rollback, mut memory, mut traffic) = (
        vec![("", of(|row| row.rollback as f64))],
        vec![
            ("shadow", of(|row| row.shadow_bytes as f64 / 1024.0)),
            ("log of a period", of(|row| row.ring_bytes as f64 / 1024.0)),
        ],
        vec![("", of(|row| part(row, row.traffic.extra)))],
    );
    if has_backup {
        (rollback[0].0, traffic[0].0) = ("after a period", "own memory");
        let at_release = remote(&|_, one| one.takeover_at_release as f64);
        rollback.push(("at a release", at_release));
        let at_backup = remote(&|_, one| one.image_bytes as f64 / 1024.0);
        memory.push(("at the backup", at_backup));
        let link = remote(&|row, one| part(row, one.sent + one.answered));
        traffic.push(("link", link));
        traffic.push(("backup's memory", remote(&|row, one| part(row, one.memory))));
    }
    vec![
        panel("Run time, beyond no checkpoints", "%", overhead),
        panel(
            "Read response, added",
            "cycles",
            vec![
                ("mean", of(|row| row.added_read.mean)),
                ("median", of(|row| row.added_read.median as f64)),
                ("99 %", of(|row| row.added_read.most_of_99 as f64)),
            ],
        ),
        panel(
            "Write response, added",
            "cycles",
            vec![
                ("mean", of(|row| row.added_write.mean)),
                ("median", of(|row| row.added_write.median as f64)),
                ("99 %", of(|row| row.added_write.most_of_99 as f64)),
            ],
        ),
        logarithmic(panel(
            "Pause, from stop to release",
            "cycles",
            vec![
                ("mean", of(|row| row.pauses.mean)),
                ("most", of(|row| f64::from(row.pauses.max))),
            ],
        )),
        logarithmic(panel("Rollback, takeover under S2", "cycles", rollback)),
        panel("Memory beside the workload's", "KiB", memory),
        panel(
            "Memory inside the unit",
            "Kibit",
            vec![("", of(|row| row.on_chip.total() as f64 / 1024.0))],
        ),
        panel("Traffic of the unit, of the workload's", "%", traffic),
    ]
}

/// Bytes as hundredths of those that the workload moves.
fn part(row: &Row, bytes: u64) -> f64 {
    100.0 * bytes as f64 / row.traffic.own.max(1) as f64
}

/// A value as it stands over its bar.
fn shown(value: f64) -> String {
    match value.abs() {
        large if large >= 1e6 => format!("{:.1}M", value / 1e6),
        large if large >= 1e4 => format!("{:.0}k", value / 1e3),
        large if large >= 100.0 => format!("{value:.0}"),
        whole if whole.fract() == 0.0 => format!("{value:.0}"),
        large if large >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

/// Draws a panel into its area.
fn draw(area: &Area, panel: &Panel, names: &[String]) -> Result<()> {
    let values = || {
        panel
            .series
            .iter()
            .flat_map(|(_, values)| values.iter().copied())
    };
    let most = values().fold(0.0, f64::max);
    let (low, high) = match panel.is_logarithmic {
        // A decade below the least, so that every bar is seen.
        true => {
            let least = values()
                .filter(|value| *value > 0.0)
                .fold(f64::MAX, f64::min);
            let low = 10f64.powf(least.clamp(1.0, 1e6).log10().floor() - 1.0);
            (low.log10(), (most.max(10.0) * 20.0).log10())
        }
        // Room above for the names of the series.
        false => (
            values().fold(0.0, f64::min) * 1.2,
            most.max(0.1) * if panel.series.len() > 1 { 1.5 } else { 1.15 },
        ),
    };
    let place = |value: f64| match panel.is_logarithmic {
        true => value.max(1e-9).log10().max(low),
        false => value,
    };
    let count = names.len().max(1) as f64;
    let mut chart = ChartBuilder::on(area)
        .margin(10)
        .caption(
            format!("{} [{}]", panel.title, panel.unit),
            ("sans-serif", 16),
        )
        .x_label_area_size(26)
        .y_label_area_size(58)
        .build_cartesian_2d(0.0..count, low..high)
        .map_err(failed)?;
    let is_logarithmic = panel.is_logarithmic;
    chart
        .configure_mesh()
        .disable_x_mesh()
        // The groups have their names below, drawn by hand: labels of this axis stand at its ticks, not between.
        .x_labels(0)
        .y_labels(6)
        .y_label_formatter(&|value| match is_logarithmic {
            true => shown(10f64.powf(*value)),
            false => shown(*value),
        })
        .y_desc(panel.unit)
        .draw()
        .map_err(failed)?;
    let width = 0.8 / panel.series.len() as f64;
    for (number, (name, values)) in panel.series.iter().enumerate() {
        let colour = SERIES[number % SERIES.len()];
        let left = move |group: usize| group as f64 + 0.1 + number as f64 * width;
        let floor = if is_logarithmic { low } else { 0.0 };
        let present = || {
            let all = values.iter().enumerate();
            all.filter(|(_, value)| value.is_finite())
        };
        let bars = present().map(|(group, value)| {
            let corners = [(left(group), floor), (left(group) + width, place(*value))];
            Rectangle::new(corners, colour.filled())
        });
        let series = chart.draw_series(bars).map_err(failed)?;
        if !name.is_empty() {
            series.label(*name).legend(move |(x, y)| {
                Rectangle::new([(x, y - 5), (x + 12, y + 5)], colour.filled())
            });
        }
        let style = TextStyle::from(("sans-serif", 11).into_font()).pos(
            plotters::style::text_anchor::Pos::new(
                plotters::style::text_anchor::HPos::Center,
                plotters::style::text_anchor::VPos::Bottom,
            ),
        );
        let labels = present().map(|(group, value)| {
            let at = (left(group) + width / 2.0, place(*value).max(floor));
            EmptyElement::at(at) + Text::new(shown(*value), (0, -2), style.clone())
        });
        chart.draw_series(labels).map_err(failed)?;
    }
    let style = TextStyle::from(("sans-serif", 14).into_font()).pos(
        plotters::style::text_anchor::Pos::new(
            plotters::style::text_anchor::HPos::Center,
            plotters::style::text_anchor::VPos::Top,
        ),
    );
    let below = names.iter().enumerate().map(|(group, name)| {
        EmptyElement::at((group as f64 + 0.5, low)) + Text::new(name.clone(), (0, 6), style.clone())
    });
    chart.draw_series(below).map_err(failed)?;
    if panel.series.len() > 1 {
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperRight)
            .background_style(WHITE.mix(0.8))
            .label_font(("sans-serif", 12))
            .draw()
            .map_err(failed)?;
    }
    Ok(())
}

/// All figures of a comparison as bars, a panel for each.
///
/// # Errors
/// When the drawing library fails.
pub fn overview_svg(comparison: &Comparison) -> Result<String> {
    let panels = panels(comparison);
    let names: Vec<String> = comparison
        .rows
        .iter()
        .map(|row| row.strategy.to_string())
        .collect();
    let rows = panels.len().div_ceil(COLUMNS);
    let size = (PANEL.0 * COLUMNS as u32, PANEL.1 * rows as u32 + 40);
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        let title = format!(
            "{}: a checkpoint every {} cycles, memory {}",
            comparison.workload, comparison.period, comparison.memory
        );
        let root = root.titled(&title, ("sans-serif", 20)).map_err(failed)?;
        for (area, panel) in root.split_evenly((rows, COLUMNS)).iter().zip(&panels) {
            draw(area, panel, &names)?;
        }
        root.present().map_err(failed)?;
    }
    Ok(text)
}

/// Which part of reads and of writes is answered within how many cycles: a curve for each strategy and one for the wire.
///
/// # Errors
/// When the drawing library fails.
pub fn latencies_svg(comparison: &Comparison) -> Result<String> {
    let mut text = String::new();
    {
        let root = SVGBackend::with_string(&mut text, (1200, 480)).into_drawing_area();
        root.fill(&WHITE).map_err(failed)?;
        let title = format!("{}: responses", comparison.workload);
        let root = root.titled(&title, ("sans-serif", 20)).map_err(failed)?;
        type Of = fn(&Row) -> &Curve;
        let sides: [(&str, &Curve, Of); 2] = [
            ("Reads", &comparison.wire_read_curve, |row| &row.read_curve),
            ("Writes", &comparison.wire_write_curve, |row| {
                &row.write_curve
            }),
        ];
        // A workload may have reads only, or writes only.
        let sides: Vec<_> = (sides.into_iter())
            .filter(|(_, curve, _)| !curve.is_empty())
            .collect();
        let areas = root.split_evenly((1, sides.len().max(1)));
        for (area, (title, wire, of)) in areas.iter().zip(sides) {
            let mut curves = vec![("wire".to_owned(), BLACK, wire)];
            for (number, row) in comparison.rows.iter().enumerate() {
                let colour = CURVES[number % CURVES.len()];
                curves.push((row.strategy.to_string(), colour, of(row)));
            }
            curves_of(area, title, &curves)?;
        }
        root.present().map_err(failed)?;
    }
    Ok(text)
}

fn curves_of(area: &Area, title: &str, curves: &[(String, RGBColor, &Curve)]) -> Result<()> {
    let lengths = || {
        curves
            .iter()
            .flat_map(|(_, _, curve)| curve.iter().map(|(length, _)| *length))
    };
    let least = f64::from(lengths().filter(|one| *one > 0).min().unwrap_or(1)) * 0.8;
    let most = f64::from(lengths().max().unwrap_or(10)).max(least * 4.0) * 1.2;
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .caption(title, ("sans-serif", 16))
        .x_label_area_size(40)
        .y_label_area_size(58)
        .build_cartesian_2d((least..most).log_scale(), 0.0..100.0f64)
        .map_err(failed)?;
    chart
        .configure_mesh()
        .x_labels(24)
        .x_desc("cycles from the address to the response")
        .y_desc("answered within them [%]")
        .x_label_formatter(&|value| format!("{value:.0}"))
        .y_label_formatter(&|value| format!("{value:.0}"))
        .draw()
        .map_err(failed)?;
    for (name, colour, curve) in curves {
        // A staircase: nothing is answered between two lengths that occur.
        let mut points = Vec::new();
        let mut part = 0.0;
        for (length, next) in curve.iter() {
            points.push((f64::from(*length), part));
            part = next * 100.0;
            points.push((f64::from(*length), part));
        }
        let style = colour.stroke_width(2);
        chart
            .draw_series(std::iter::once(PathElement::new(points, style)))
            .map_err(failed)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], style));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.4))
        .draw()
        .map_err(failed)?;
    Ok(())
}

//! Figures of the blocks of a unit, each with what is inside it.

use super::area::{Area, Cells};
use anyhow::{Context, Result};
use serde::Serialize;
use std::collections::BTreeMap;

/// One module.
#[derive(Clone, Debug, Serialize)]
pub struct BlockFigures {
    /// Its name.
    pub module: String,
    /// Times that it is in the unit.
    pub instances: u64,
    /// One of them, with all that is inside.
    pub each: Area,
}

/// The modules of a unit, those that take most first.
pub fn figures(modules: &BTreeMap<String, Cells>, unit: &str) -> Result<Vec<BlockFigures>> {
    let mut areas = BTreeMap::new();
    area(modules, unit, &mut areas)?;
    let mut instances = BTreeMap::new();
    count(modules, unit, 1, &mut instances);
    let mut figures: Vec<BlockFigures> = areas
        .into_iter()
        .map(|(module, each)| BlockFigures {
            instances: instances.get(&module).copied().unwrap_or_default(),
            module,
            each,
        })
        .collect();
    figures.sort_by_key(|figures| std::cmp::Reverse(figures.instances * figures.each.tables()));
    Ok(figures)
}

/// The area of a module with all that is inside, kept for its next instance.
fn area(
    modules: &BTreeMap<String, Cells>,
    name: &str,
    known: &mut BTreeMap<String, Area>,
) -> Result<Area> {
    if let Some(area) = known.get(name) {
        return Ok(*area);
    }
    let cells = modules
        .get(name)
        .with_context(|| format!("Yosys counted no cells of {name}"))?;
    let mut sum = Area::of(cells);
    for (child, times) in cells.iter().filter(|(cell, _)| modules.contains_key(*cell)) {
        sum.add(&area(modules, child, known)?, *times);
    }
    known.insert(name.to_owned(), sum);
    Ok(sum)
}

fn count(
    modules: &BTreeMap<String, Cells>,
    name: &str,
    times: u64,
    instances: &mut BTreeMap<String, u64>,
) {
    *instances.entry(name.to_owned()).or_default() += times;
    for (child, number) in modules.get(name).into_iter().flatten() {
        if modules.contains_key(child) {
            count(modules, child, times * number, instances);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inner_blocks_count_in_outer_ones() -> Result<()> {
        let cells = |list: &[(&str, u64)]| -> Cells {
            list.iter()
                .map(|(name, count)| (name.to_string(), *count))
                .collect()
        };
        let modules = BTreeMap::from([
            (
                "top".to_owned(),
                cells(&[("LUT4", 5), ("port", 2), ("fifo", 1)]),
            ),
            ("port".to_owned(), cells(&[("LUT4", 10), ("fifo", 3)])),
            (
                "fifo".to_owned(),
                cells(&[("TRELLIS_FF", 4), ("DP16KD", 1), ("CCU2C", 2)]),
            ),
        ]);
        let figures = figures(&modules, "top")?;
        let of = |name: &str| figures.iter().find(|figures| figures.module == name);
        let top = of("top").context("top")?;
        assert_eq!((top.instances, top.each.lut4), (1, 25));
        assert_eq!(
            (top.each.flip_flops, top.each.block_rams, top.each.carries),
            (28, 7, 14)
        );
        assert_eq!(top.each.tables(), 25 + 28);
        assert_eq!(of("fifo").context("fifo")?.instances, 7);
        assert_eq!(figures[0].module, "top");
        Ok(())
    }
}

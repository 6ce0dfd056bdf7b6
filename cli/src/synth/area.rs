//! The primitives that a module takes, out of Yosys' counts of cells.

use super::packing::{LOGIC_CELLS, LONE_FLIP_FLOPS};
use super::read;
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;

/// Cells of a module by type, its instances of other modules among them.
pub type Cells = BTreeMap<String, u64>;

/// Primitives used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Area {
    /// Look-up tables of four inputs, or fewer.
    pub lut4: u64,
    /// Cells of carry chain; on ECP5 CCU2C, two bits, in the place of two LUT4.
    pub carries: u64,
    /// Flip-flops.
    pub flip_flops: u64,
    /// Cells of distributed RAM; on ECP5 TRELLIS_DPR16X4, in the place of six LUT4.
    pub distributed_rams: u64,
    /// Block RAMs.
    pub block_rams: u64,
    /// Look-up tables or logic cells taken in all.
    tables: u64,
}

impl Area {
    /// The primitives among cells. Vendors' names differ, so that one list serves all families.
    pub fn of(cells: &Cells) -> Area {
        let mut area = Area::default();
        for (name, count) in cells {
            let (name, count) = match name.as_str() {
                // On Nexus two tables and the multiplexer behind them, of which the other families have cells of their own.
                "WIDEFN9" => ("LUT4", 2 * count),
                name => (name, *count),
            };
            let (field, tables) = match name {
                "LUT4" | "SB_LUT4" | "LUT1" | "LUT2" | "LUT3" => (&mut area.lut4, 1),
                "CCU2C" | "CCU2" => (&mut area.carries, 2),
                // Half an adder beside a table that is there already; where it is not, nextpnr tells.
                "SB_CARRY" => (&mut area.carries, 0),
                "ALU" => (&mut area.carries, 1),
                "TRELLIS_DPR16X4" | "DPR16X4" => (&mut area.distributed_rams, 6),
                "RAM16SDP4" => (&mut area.distributed_rams, 4),
                "RAM16SDP2" => (&mut area.distributed_rams, 2),
                "RAM16SDP1" => (&mut area.distributed_rams, 1),
                "DP16KD" | "SB_RAM40_4K" | "SDPB" | "SDPX9B" | "DPB" | "DPX9B" | "SP" | "SPX9"
                | "pROM" | "PDPSC16K" | "PDP16K" | "DP16K" => (&mut area.block_rams, 0),
                LONE_FLIP_FLOPS => {
                    area.tables += count;
                    continue;
                }
                name if ["TRELLIS_FF", "SB_DFF", "DFF", "FD1P3"]
                    .iter()
                    .any(|kind| name.starts_with(kind)) =>
                {
                    (&mut area.flip_flops, 0)
                }
                _ => continue,
            };
            *field += count;
            area.tables += tables * count;
        }
        if let Some(logic_cells) = cells.get(LOGIC_CELLS) {
            area.tables = *logic_cells;
        }
        area
    }

    /// Look-up tables taken in all; on Gowin those with which a flip-flop stands alone among them; on iCE40 logic cells, of a look-up table,
    /// a flip-flop and half an adder each.
    pub fn tables(&self) -> u64 {
        self.tables
    }

    /// Adds another, a number of times.
    pub fn add(&mut self, other: &Area, times: u64) {
        self.tables += times * other.tables;
        self.lut4 += times * other.lut4;
        self.carries += times * other.carries;
        self.flip_flops += times * other.flip_flops;
        self.distributed_rams += times * other.distributed_rams;
        self.block_rams += times * other.block_rams;
    }
}

/// The modules and their cells in what `stat -json` writes.
pub fn cells(path: &Path) -> Result<BTreeMap<String, Cells>> {
    #[derive(Deserialize)]
    struct Statistics {
        modules: BTreeMap<String, Module>,
    }
    #[derive(Deserialize)]
    struct Module {
        num_cells_by_type: BTreeMap<String, Value>,
    }
    let text = read(path)?;
    let statistics: Statistics =
        serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    let modules = statistics.modules.into_iter().map(|(name, module)| {
        let cells = module.num_cells_by_type.into_iter();
        let cells = cells.map(|(name, count)| (name, count_of(&count)));
        (name.trim_start_matches('\\').to_owned(), cells.collect())
    });
    Ok(modules.collect())
}

/// A count; newer versions of Yosys write more than the number.
fn count_of(value: &Value) -> u64 {
    let number = value.get("count").unwrap_or(value);
    number.as_u64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_old_and_new_yosys_are_read() {
        assert_eq!(count_of(&serde_json::json!(7)), 7);
        assert_eq!(count_of(&serde_json::json!({"count": 8, "area": 1.0})), 8);
    }
}

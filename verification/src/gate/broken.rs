//! Netlists broken on purpose: a run that does not notice them shows nothing.

use super::Netlist;
use anyhow::{ensure, Context, Result};

/// The output of a flip-flop.
const OUTPUT: &str = ".Q(";

impl Netlist {
    /// The same with a register of one bit (its instances, a dot behind each, and its name) stuck at a value, whatever its flip-flop holds.
    ///
    /// # Errors
    /// Where there is not one flip-flop of this name: what Yosys merges with another or takes apart has none.
    pub fn stuck(&self, register: &str, value: bool) -> Result<Netlist> {
        let lines: Vec<&str> = self.text.lines().collect();
        let is_it = |line: &&str| is_flip_flop(line, register);
        let found = lines.iter().filter(|line| is_it(line)).count();
        ensure!(
            found == 1,
            "register = {register}: must have one flip-flop in the netlist, not {found}"
        );
        let cell = lines.iter().position(is_it);
        let output = (lines.iter().enumerate().skip(cell.unwrap_or_default()))
            .take_while(|(_, line)| line.trim() != ");")
            .find_map(|(index, line)| {
                let (before, rest) = line.split_once(OUTPUT)?;
                let (net, behind) = rest.split_once(')')?;
                Some((index, net, format!("{before}{OUTPUT}){behind}")))
            });
        let (index, net, open) = output
            .with_context(|| format!("register = {register}: its flip-flop drives nothing"))?;
        let mut lines: Vec<String> = lines.into_iter().map(str::to_owned).collect();
        lines[index] = open;
        let end = lines.iter().rposition(|line| line.trim() == "endmodule");
        let end = end.context("the netlist has no end")?;
        // An escaped name ends with a blank of its own.
        lines.insert(end, format!("  assign {net} = 1'b{};", u8::from(value)));
        Ok(Netlist {
            text: lines.join("\n") + "\n",
            ..self.clone()
        })
    }
}

/// Whether a line begins the cell that Yosys names after a register, the kind of cell and its output.
fn is_flip_flop(line: &str, register: &str) -> bool {
    let name = line.split_once('\\').map_or("", |(_, rest)| rest);
    let Some((name, "(")) = name
        .split_once(char::is_whitespace)
        .map(|(name, rest)| (name, rest.trim()))
    else {
        return false;
    };
    let kind = name
        .strip_prefix(register)
        .and_then(|rest| rest.strip_suffix("_Q"));
    kind.is_some_and(|kind| {
        let is_plain = kind.chars().skip(8).all(|c| c.is_ascii_uppercase());
        kind == "_TRELLIS_FF" || kind.starts_with("_SB_DFF") && is_plain
    })
}

#[cfg(test)]
mod tests {
    use super::super::Family;
    use super::*;

    const TEXT: &str = "\
module t(clk, q);
  LUT4 #(
    .INIT(16'h8000)
  ) \\a.b_TRELLIS_FF_Q_DI_LUT4_Z  (
    .A(\\a.c[1] ),
    .Z(_1_)
  );
  TRELLIS_FF #(
    .REGSET(\"RESET\")
  ) \\a.b_TRELLIS_FF_Q  (
    .CLK(clk),
    .DI(_1_),
    .Q(\\a.c[1] )
  );
  SB_DFFESR \\d_SB_DFFESR_Q  (
    .C(clk),
    .Q(q)
  );
endmodule
";

    #[test]
    fn a_register_is_cut_off_and_a_value_in_its_place() {
        let netlist = Netlist {
            top: "t".to_owned(),
            family: Family::Ecp5,
            text: TEXT.to_owned(),
            models: Vec::new(),
        };
        let broken = netlist.stuck("a.b", true).unwrap().text;
        let wanted = TEXT
            .replace(".Q(\\a.c[1] )", ".Q()")
            .replace("endmodule", "  assign \\a.c[1]  = 1'b1;\nendmodule");
        assert_eq!(broken, wanted);
        let broken = netlist.stuck("d", false).unwrap().text;
        let wanted = TEXT
            .replace(".Q(q)", ".Q()")
            .replace("endmodule", "  assign q = 1'b0;\nendmodule");
        assert_eq!(broken, wanted);
        let error = netlist.stuck("a", true).unwrap_err().to_string();
        assert!(error.contains("register = a: must have one"), "{error}");
    }
}

//! Names: how rust-hdl spells them in its syntax tree and how Verilog will spell them.

use super::error::Problem;
use num_bigint::BigUint;
use num_traits::ToPrimitive;

/// Values of the loop variables in scope, innermost last.
pub(crate) type Loops = Vec<(String, BigUint)>;

/// Value of a loop variable.
pub(crate) fn loop_value<'a>(loops: &'a Loops, name: &str) -> Option<&'a BigUint> {
    loops.iter().rev().find(|(n, _)| n == name).map(|(_, v)| v)
}

/// The path of a signal as the collector knows it: `lane[k+1].count.next` becomes `lane$2$count`.
pub(crate) fn canonical(name: &str, loops: &Loops) -> Result<String, Problem> {
    let name = name.replace("::", "$").replace('.', "$");
    let name = name.trim_start_matches('$');
    let name = name.strip_suffix("$next").unwrap_or(name);
    let mut path = String::new();
    let mut rest = name;
    while let Some(open) = rest.find('[') {
        let close = matching_bracket(&rest[open..]).ok_or(Problem::DynamicArrayIndex)? + open;
        let index = index_value(&rest[open + 1..close], loops)?;
        path += &format!("{}${index}", &rest[..open]);
        rest = &rest[close + 1..];
    }
    Ok(path + rest)
}

fn matching_bracket(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (place, letter) in text.char_indices() {
        match letter {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(place);
        }
    }
    None
}

/// Value of an index made of numbers, loop variables, `+`, `-`, `*` and parentheses.
fn index_value(text: &str, loops: &Loops) -> Result<usize, Problem> {
    let text: Vec<char> = text.chars().filter(|c| !c.is_whitespace()).collect();
    let mut place = 0;
    let value = sum(&text, &mut place, loops)?;
    if place == text.len() && value >= 0 {
        Ok(value as usize)
    } else {
        Err(Problem::DynamicArrayIndex)
    }
}

fn sum(text: &[char], place: &mut usize, loops: &Loops) -> Result<i64, Problem> {
    let mut value = product(text, place, loops)?;
    while let Some(&operator) = text.get(*place).filter(|c| matches!(c, '+' | '-')) {
        *place += 1;
        let right = product(text, place, loops)?;
        value = if operator == '+' {
            value + right
        } else {
            value - right
        };
    }
    Ok(value)
}

fn product(text: &[char], place: &mut usize, loops: &Loops) -> Result<i64, Problem> {
    let mut value = term(text, place, loops)?;
    while text.get(*place) == Some(&'*') {
        *place += 1;
        value *= term(text, place, loops)?;
    }
    Ok(value)
}

fn term(text: &[char], place: &mut usize, loops: &Loops) -> Result<i64, Problem> {
    if text.get(*place) == Some(&'(') {
        *place += 1;
        let value = sum(text, place, loops)?;
        if text.get(*place) != Some(&')') {
            return Err(Problem::DynamicArrayIndex);
        }
        *place += 1;
        return Ok(value);
    }
    let start = *place;
    while text
        .get(*place)
        .is_some_and(|c| c.is_alphanumeric() || *c == '_')
    {
        *place += 1;
    }
    let word: String = text[start..*place].iter().collect();
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        let digits = word.trim_end_matches("usize").replace('_', "");
        return digits.parse().map_err(|_| Problem::DynamicArrayIndex);
    }
    loop_value(loops, &word)
        .and_then(ToPrimitive::to_i64)
        .ok_or(Problem::DynamicArrayIndex)
}

/// The Verilog name of a path: `lane$2$count` becomes `lane_2_count`, `clock$rst` becomes `rst`.
pub(crate) fn flat(path: &str) -> String {
    match path {
        "clock$clk" => "clk".to_string(),
        "clock$rst" => "rst".to_string(),
        _ => path.replace('$', "_"),
    }
}

/// The Verilog constant for an enum variant: `PortState$WaitData` becomes `PORT_STATE_WAIT_DATA`.
pub(crate) fn upper_snake(label: &str) -> String {
    let mut text = String::new();
    let mut previous_lower = false;
    for letter in label.chars() {
        if letter == '$' {
            text.push('_');
            previous_lower = false;
            continue;
        }
        if letter.is_uppercase() && previous_lower {
            text.push('_');
        }
        previous_lower = letter.is_lowercase() || letter.is_ascii_digit();
        text.extend(letter.to_uppercase());
    }
    text
}

/// A block's path for messages.
pub(crate) fn shown(path: &str) -> String {
    path.replace('$', ".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_are_evaluated() {
        let loops = vec![("k".to_string(), BigUint::from(3u32))];
        let path = |name| canonical(name, &loops);
        assert_eq!(path("lane[k]$count"), Ok("lane$3$count".into()));
        assert_eq!(path("lane[(2*(k+1))-1]$d$next"), Ok("lane$7$d".into()));
        assert_eq!(path("a[1][k]"), Ok("a$1$3".into()));
        assert_eq!(
            path("lane[sel$val()$index()]$q"),
            Err(Problem::DynamicArrayIndex)
        );
    }

    #[test]
    fn names_become_verilog() {
        assert_eq!(flat("lane$2$count"), "lane_2_count");
        assert_eq!(flat("clock$rst"), "rst");
        assert_eq!(upper_snake("PortState$WaitData2"), "PORT_STATE_WAIT_DATA2");
    }
}

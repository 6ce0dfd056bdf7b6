//! Building, ports, several designs at once, stopping, errors.

mod designs;

use designs::{cache, counter};

#[test]
fn counts() {
    let library = counter(8).build(&cache()).unwrap();
    let (clk, rst, step, q) = (
        library.input("clk").unwrap(),
        library.input("rst").unwrap(),
        library.input("step").unwrap(),
        library.output("q").unwrap(),
    );
    let mut instance = library.instance(1).unwrap();
    instance.set(rst, 1);
    instance.cycle(clk).unwrap();
    instance.set(rst, 0);
    instance.set(step, 3);
    for expected in (0..300).map(|n| n * 3 % 256) {
        assert_eq!(instance.get(q), expected);
        instance.cycle(clk).unwrap();
    }
    let before = instance.get(q);
    instance.cycles(clk, 1000).unwrap();
    assert_eq!(instance.get(q), (before + 3000) % 256);
    assert_eq!(instance.time(), 2 * 1301);
}

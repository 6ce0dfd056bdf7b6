//! The register table is consistent with itself.

use mch_spec::registers::{self, field, offset, Access, ErrorCode, Page, Reset, Status, TABLE};
use mch_spec::{Config, Strategy};
use std::collections::BTreeSet;

#[test]
fn no_two_registers_share_a_name_or_an_address() {
    let config = Config {
        guests: 16,
        regions: 32,
        ..Config::default()
    };
    let mut names = BTreeSet::new();
    let mut addresses = BTreeSet::new();
    for register in TABLE {
        assert!(names.insert(register.name), "{}", register.name);
        for index in 0..register.copies(&config) {
            let address = register.address(index);
            assert!(
                addresses.insert(address),
                "{} at {address:#x}",
                register.name
            );
            assert!(address % 4 == 0 && address < 1 << registers::ADDRESS_WIDTH);
            let (found, number) = registers::decode(&config, address).unwrap();
            assert_eq!((found.name, number), (register.name, index));
        }
    }
}

#[test]
fn fields_are_in_order_apart_and_inside_their_register() {
    for register in TABLE {
        let mut next = 0;
        for field in register.fields {
            assert!(
                field.bits.low >= next && field.bits.width > 0,
                "{}.{}",
                register.name,
                field.name
            );
            next = field.bits.low + field.bits.width;
            if let Reset::Value(value) = field.reset {
                assert!(
                    value <= field.bits.max(),
                    "{}.{}",
                    register.name,
                    field.name
                );
            }
            let fits = field.access == register.access || register.access == Access::Rw;
            assert!(fits, "{}.{}", register.name, field.name);
        }
        assert!(next <= 32, "{}", register.name);
    }
}

#[test]
fn what_the_build_lacks_is_not_decoded() {
    let mut config = Config {
        strategies: vec![Strategy::S3],
        settable: false,
        guests: 2,
        regions: 1,
        ..Config::default()
    };
    let absent = |config: &Config, address| {
        assert!(registers::decode(config, address).is_none(), "{address:#x}")
    };
    absent(&config, registers::guest_address(0, offset::G_RING_BASE));
    absent(&config, registers::guest_address(0, offset::G_POLICY));
    absent(&config, registers::guest_address(2, offset::G_STATUS));
    absent(&config, registers::region_address(1, offset::R_BASE));
    absent(&config, offset::R_GUEST + 4);
    absent(&config, 0x001);
    assert!(registers::decode(&config, offset::SHADOW_BASE).is_some());
    config.strategies = vec![Strategy::S6];
    absent(&config, offset::SHADOW_BASE);
    assert!(registers::decode(&config, registers::guest_address(1, offset::G_RING_BASE)).is_some());
}

#[test]
fn reset_values_tell_what_was_built() {
    let config = Config::default();
    let reset = |name| registers::find(name).unwrap().reset_value(&config);
    assert_eq!(reset("ID"), 0x4D43_4831);
    assert_eq!(reset("VERSION"), 0x0000_0100);
    assert_eq!(
        reset("CAPS0"),
        1 | 4 << 4 | 8 << 9 | 4 << 15 | 4 << 21 | 16 << 24
    );
    assert_eq!(
        reset("CAPS1"),
        config.strategy_bits() | 1 << 6 | 3 << 9 | 24 << 12 | 6 << 18 | 1 << 22
    );
    let first = Strategy::LOCAL[0];
    assert_eq!(
        (reset("G_STRATEGY"), reset("G_POLICY")),
        (first.number(), first.policy_row())
    );
    assert_eq!(field::CAPS1::MEMORY_SHIFT.get(reset("CAPS1")), 24);
}

#[test]
fn constants_and_table_are_one() {
    assert_eq!(
        registers::find("G_STRATEGY").unwrap().offset,
        offset::G_STRATEGY
    );
    assert_eq!(registers::find("R_BLOCKS").unwrap().page, Page::Region);
    assert_eq!(registers::guest_address(3, offset::G_COMMAND), 0x403c);
    assert_eq!(registers::region_address(2, offset::R_GUEST), 0x428);
    assert_eq!(field::G_COMPLETION::STATUS.put(4), 0x400);
    assert_eq!(field::ID::ID.mask(), u32::MAX);
    assert_eq!(ErrorCode::NotReady.code(), 23);
    assert_eq!(Status::from_code(7), Some(Status::Dropped));
    assert_eq!(Status::from_code(8), None);
}

#[test]
fn codes_stand_once_and_in_order() {
    for list in registers::LISTS {
        for pair in list.codes.windows(2) {
            assert!(
                pair[0].value < pair[1].value,
                "{} {}",
                list.name,
                pair[1].label
            );
        }
    }
}

//! `address_class` and `burst_check` against their definitions.

use crate::front;

use front::{build, seeds, Burst, Class, Dut, Map, Region, Ring, Seeded, MEM_BASE, SHADOW_BASE};
use mch_hdl::blocks::{AddressClass, BurstCheck};
use mch_spec::{Config, Strategy};
use rand::Rng;

fn config() -> Config {
    Config {
        address_width: 40,
        ..Config::default()
    }
}

/// A map with two regions that touch, one at the end of memory, and rings inside and outside of memory.
fn random_map(rng: &mut impl Rng, config: &Config) -> Map {
    let granules = config.memory_size.0 / u64::from(config.granule_bytes());
    let first = rng.random_range(0..granules / 4);
    let last = rng.random_range(first..granules / 3);
    let regions = vec![
        Region {
            active: rng.random(),
            first,
            last,
            guest: rng.random_range(0..4),
        },
        Region {
            active: rng.random(),
            first: last + 1,
            last: last + 1,
            guest: rng.random_range(0..4),
        },
        Region {
            active: rng.random(),
            first: granules - 1,
            last: granules - 1,
            guest: 3,
        },
    ];
    let pages = config.memory_size.0 >> 12;
    let rings = vec![
        Ring {
            active: rng.random(),
            base: (MEM_BASE >> 12) + pages / 2,
            mask: 7,
        },
        Ring {
            active: rng.random(),
            base: (MEM_BASE >> 12) + pages,
            mask: 63,
        },
    ];
    Map {
        enable: rng.random_ratio(15, 16),
        regions,
        rings,
        memory_size: config.memory_size.0,
        granule: u64::from(config.granule_bytes()),
    }
}

#[test]
fn every_class_and_every_edge() {
    for strategies in [
        vec![Strategy::S3, Strategy::S6],
        vec![Strategy::S3],
        vec![Strategy::S6],
    ] {
        let config = Config {
            strategies: strategies.clone(),
            ..config()
        };
        let library = build(&AddressClass::new(&config));
        let mut reached = std::collections::BTreeSet::new();
        for seed in seeds(4) {
            let mut random = Seeded::new(seed);
            let mut dut = Dut::new(&library, seed);
            for _ in 0..200 {
                let map = random_map(&mut random.rng, &config);
                map.drive(&mut dut);
                let edges = map
                    .regions
                    .iter()
                    .flat_map(|r| [r.first, r.last + 1])
                    .map(|g| MEM_BASE + g * map.granule)
                    .chain(
                        map.rings
                            .iter()
                            .flat_map(|r| [r.base << 12, (r.base + r.mask + 1) << 12]),
                    )
                    .chain([
                        MEM_BASE,
                        MEM_BASE + map.memory_size,
                        SHADOW_BASE,
                        SHADOW_BASE + map.memory_size,
                    ])
                    .collect::<Vec<_>>();
                for edge in edges {
                    for address in [edge - 1, edge, edge ^ 1 << random.rng.random_range(0..40)] {
                        dut.set("address", address);
                        dut.settle();
                        let mut expected = Map {
                            rings: if strategies.contains(&Strategy::S6) {
                                map.rings.clone()
                            } else {
                                vec![]
                            },
                            ..map.clone()
                        }
                        .class(address);
                        if !strategies.contains(&Strategy::S3)
                            && map.enable
                            && (SHADOW_BASE..SHADOW_BASE + map.memory_size).contains(&address)
                        {
                            expected = Class::Error(3); // no shadow is built: it is only not memory
                        }
                        let got = match (dut.get("class_error"), dut.is("class_tracked")) {
                            (0, false) => Class::Pass,
                            (0, true) => Class::Guest(dut.get("class_guest")),
                            (error, false) => Class::Error(error),
                            other => panic!("tracked and refused: {other:?}"),
                        };
                        assert_eq!(got, expected, "address {address:#x} in {map:?}");
                        reached.insert(format!("{got:?}"));
                    }
                }
            }
        }
        let mut expected = vec![
            "Error(3)", "Guest(0)", "Guest(1)", "Guest(2)", "Guest(3)", "Pass",
        ];
        if strategies.len() == 2 || strategies[0] == Strategy::S3 || strategies[0] == Strategy::S6 {
            expected.insert(0, "Error(2)");
        }
        assert_eq!(reached.into_iter().collect::<Vec<_>>(), expected);
    }
}

#[test]
fn illegal_bursts() {
    for data_width in [32, 64, 512] {
        let config = Config {
            data_width,
            ..config()
        };
        let library = build(&BurstCheck::new(&config));
        let mut random = Seeded::new(1);
        let mut dut = Dut::new(&library, 1);
        let (mut legal, mut illegal) = (0, 0);
        for round in 0..40_000 {
            let rng = &mut random.rng;
            let mut burst = Burst {
                id: 0,
                address: rng.random_range(0..4096),
                len: *[0, 1, 3, 7, 15, 255, rng.random_range(0..256)]
                    .get(round % 7)
                    .expect("0..7"),
                size: rng.random_range(0..8),
                burst: rng.random_range(0..4),
                attributes: [0; 4],
            };
            if rng.random() {
                // On or beside the 4 KiB boundary.
                let bytes = (burst.len + 1) << burst.size;
                burst.address =
                    4096u64.saturating_sub(bytes) + rng.random_range(0..3) * (1 << burst.size) / 2;
                burst.address = burst.address.min(4095);
            }
            dut.set("offset", burst.address);
            dut.set("len", burst.len);
            dut.set("size", burst.size);
            dut.set("burst", burst.burst);
            dut.settle();
            let expected = burst.illegal(u64::from(data_width / 8));
            assert_eq!(dut.is("illegal"), expected, "{burst:?}");
            if expected {
                illegal += 1
            } else {
                legal += 1
            }
        }
        assert!(
            legal > 1000 && illegal > 1000,
            "{legal} legal, {illegal} illegal"
        );
    }
}

//! The configuration: defaults, derived values, refusals.

use mch_spec::config::{Config, ConfigError, Size};
use mch_spec::Strategy;

fn refused(text: &str) -> ConfigError {
    Config::from_toml_str(text).expect_err(text)
}

#[test]
fn an_empty_file_is_the_default_and_valid() {
    assert_eq!(Config::from_toml_str("").unwrap(), Config::default());
}

#[test]
fn a_configuration_survives_writing_and_reading() {
    let config = Config {
        memory_size: Size(1 << 20),
        settable: false,
        strategies: vec![Strategy::S6],
        ..Config::default()
    };
    let text = toml::to_string(&config).unwrap();
    assert!(text.contains("memory_size = \"1MiB\""), "{text}");
    assert_eq!(Config::from_toml_str(&text).unwrap(), config);
}

#[test]
fn sizes_are_numbers_or_text() {
    for text in [
        "memory_size = 1048576",
        "memory_size = \"1MiB\"",
        "memory_size = \"1024 KiB\"",
        "memory_size = '1048576'",
    ] {
        assert_eq!(
            Config::from_toml_str(text).unwrap().memory_size,
            Size(1 << 20),
            "{text}"
        );
    }
    for text in [
        "memory_size = \"1MB\"",
        "memory_size = -1",
        "memory_size = \"\"",
        "memory_size = \"99999999TiB\"",
        "memory_size = 1.5",
    ] {
        assert!(matches!(refused(text), ConfigError::Syntax(_)), "{text}");
    }
}

#[test]
fn derived_values_of_the_default() {
    let config = Config::default();
    assert_eq!((config.data_bytes(), config.full_size()), (8, 3));
    assert_eq!(
        (
            config.block_shift(),
            config.beats_per_block(),
            config.chunk_beats()
        ),
        (6, 8, 8)
    );
    assert_eq!(
        (
            config.blocks(),
            config.words(),
            config.block_bits(),
            config.word_bits()
        ),
        (262_144, 8_192, 18, 13)
    );
    assert_eq!((config.summary_words(), config.top_words()), (256, 8));
    assert_eq!(
        (config.granule_bytes(), config.granule_blocks()),
        (4096, 64)
    );
    assert_eq!(
        (
            config.w_buffer_beats(),
            config.m_axi_id_width(),
            config.irq_width()
        ),
        (512, 2, 5)
    );
    assert!(config.uses_shadow() && config.uses_ring() && config.plane_y());
    let of_each = Strategy::LOCAL.iter().map(|s| 1 << (s.number() - 1));
    assert_eq!(config.strategy_bits(), of_each.sum::<u32>());
    assert_eq!(config.ring_slots(15), 448);
}

#[test]
fn derived_values_at_the_edges() {
    let buffers = [(32, 512), (64, 512), (128, 512), (256, 256), (512, 256)];
    for (data_width, beats) in buffers {
        let config = Config {
            data_width,
            block_size: Size(512),
            ..Config::default()
        };
        config.validate().unwrap();
        assert_eq!(
            (config.w_buffer_beats(), config.r_buffer_beats()),
            (512, beats)
        );
        let compact = Config {
            compact: true,
            ..config
        };
        assert_eq!(
            (compact.w_buffer_beats(), compact.r_buffer_beats()),
            (256, 256)
        );
    }
    let wide = Config {
        data_width: 512,
        ..Config::default()
    };
    assert_eq!((wide.beats_per_block(), wide.chunk_beats()), (1, 1));
    let large = Config {
        block_size: Size(4096),
        ..Config::default()
    };
    assert_eq!(
        (
            large.chunk_beats(),
            large.chunks_per_block(),
            large.granule_bytes()
        ),
        (16, 32, 131_072)
    );
    let widths: Vec<u32> = (1..=8)
        .map(|ports| {
            Config {
                ports,
                ..Config::default()
            }
            .m_axi_id_width()
        })
        .collect();
    assert_eq!(widths, [2, 2, 3, 3, 3, 3, 4, 4]);
}

#[test]
fn impossible_values_are_refused_by_field() {
    let cases = [
        ("data_width", "data_width = 96"),
        ("data_width", "data_width = 1024"),
        ("address_width", "address_width = 41"),
        ("id_width", "id_width = 0"),
        ("user_width", "user_width = 17"),
        ("ports", "ports = 0"),
        ("ports", "ports = 9"),
        ("outstanding", "outstanding = 12"),
        ("outstanding", "outstanding = 2"),
        ("guests", "guests = 17"),
        ("regions", "regions = 33"),
        ("processors", "processors = 0"),
        ("saves", "saves = 64"),
        ("epoch_bits", "epoch_bits = 1"),
        ("block_size", "block_size = 32"),
        ("block_size", "block_size = 96"),
        ("block_size", "block_size = 8192"),
        (
            "block_size",
            "block_size = 4096\ndata_width = 32\nmemory_size = \"64MiB\"",
        ),
        ("memory_size", "memory_size = \"3MiB\""),
        ("memory_size", "memory_size = \"32KiB\""),
        ("memory_size", "memory_size = \"8GiB\"\naddress_width = 40"),
        ("memory_size", "memory_size = \"16MiB\"\naddress_width = 24"),
        ("strategies", "strategies = []"),
        ("strategies", "strategies = [\"S3\", \"S3\"]"),
        ("strategies", "settable = false"),
        ("link", "strategies = [\"S2\"]"),
        ("link", "strategies = [\"S3\", \"S2\"]"),
        ("link", "link = true"),
        ("link", "strategies = [\"S3\"]\nlink = true"),
    ];
    for (field, text) in cases {
        let error = refused(text);
        assert!(
            matches!(error, ConfigError::Value { .. }),
            "{text}: {error}"
        );
        assert_eq!(error.field(), Some(field), "{text}: {error}");
        assert!(error.to_string().contains("must be"), "{error}");
    }
}

#[test]
fn s2_and_the_link_come_together() {
    for strategies in [
        "[\"S2\"]",
        "[\"S1\", \"S2\", \"S3\", \"S4\", \"S5\", \"S6\"]",
    ] {
        let config = format!("link = true\nstrategies = {strategies}");
        let config = Config::from_toml_str(&config).unwrap();
        // The ports, the copy engine, the ring reader, the link.
        assert_eq!(config.sources(), 4);
        assert!(config.captures());
    }
    let error = refused("strategies = [\"S2\"]").to_string();
    assert!(error.contains("must be true with S2"), "{error}");
    let error = refused("link = true").to_string();
    assert!(error.contains("must be false without S2"), "{error}");
}

#[test]
fn unknown_fields_are_refused_by_name() {
    let error = refused("block_sizes = 64").to_string();
    assert!(error.contains("block_sizes"), "{error}");
    assert!(refused("strategies = [\"S7\"]").to_string().contains("S7"));
}

#[test]
fn a_missing_file_is_named() {
    let error = Config::from_file("no/such/file.toml")
        .unwrap_err()
        .to_string();
    assert!(error.contains("no/such/file.toml"), "{error}");
}

#[test]
fn policy_rows_are_those_of_the_strategies() {
    use mch_spec::strategy::{action, MARK, PUSH, SAVE};
    assert_eq!(Strategy::S3.policy_row(), 0x00001);
    assert_eq!(Strategy::S6.policy_row(), 0x00003);
    assert_eq!(action(Strategy::S6.policy_row(), false, false), SAVE | MARK);
    assert_eq!(action(Strategy::S6.policy_row(), false, true), 0);
    assert_eq!(action(Strategy::S4.policy_row(), true, false), PUSH | MARK);
}

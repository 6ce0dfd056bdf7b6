//! The cache, its sharing between threads and processes, and failing builds.

use crate::designs;

use designs::{cache, counter};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use verilated::{Cache, Design, Error, Tools, Trace};

/// A compiler that appends a line to a log at each call, and takes its time as the real one.
fn logging_compiler(folder: &Path) -> (PathBuf, PathBuf) {
    let (program, log) = (folder.join("g++"), folder.join("log"));
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = --version ] || echo \"$@\" >> {}\nexec g++ \"$@\"\n",
        log.display()
    );
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    (program, log)
}

fn calls(log: &Path) -> usize {
    std::fs::read_to_string(log).map_or(0, |text| text.lines().count())
}

/// An empty cache that has the runtime objects, which take seconds to compile.
fn empty_cache() -> Cache {
    counter(8).build(&cache()).unwrap();
    cache().temporary().unwrap()
}

fn entries(folder: &Path) -> Vec<String> {
    let visible = |name: &String| name != ".locks";
    let list = std::fs::read_dir(folder).into_iter().flatten();
    list.map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(visible)
        .collect()
}

fn run(design: &Design, cache: &Cache, cycles: u64) -> u64 {
    let library = design.build(cache).unwrap();
    let mut instance = library.instance(1).unwrap();
    instance.set(library.input("step").unwrap(), 1);
    instance
        .cycles(library.input("clk").unwrap(), cycles)
        .unwrap();
    instance.get(library.output("q").unwrap())
}

#[test]
fn the_second_build_compiles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (compiler, log) = logging_compiler(folder.path());
    let cache = empty_cache().tools(Tools::default().compiler(&compiler));
    assert_eq!(run(&counter(8), &cache, 5), 5);
    let first = calls(&log);
    assert!(
        first >= 2,
        "one compilation and one link at least, not {first}"
    );
    assert_eq!(run(&counter(8), &cache, 6), 6);
    assert_eq!(calls(&log), first);
    assert_eq!(run(&counter(9), &cache, 7), 7);
    assert!(calls(&log) > first, "another parameter is another model");
}

#[test]
fn changed_text_under_the_same_name_runs_the_new_design() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("constant.v");
    let mut kept = Vec::new();
    for value in [11, 22, 33] {
        let text =
            format!("module constant(output wire [7:0] q); assign q = 8'd{value}; endmodule\n");
        std::fs::write(&file, text).unwrap();
        let library = Design::new("constant").file(&file).build(&cache()).unwrap();
        let mut instance = library.instance(1).unwrap();
        instance.eval().unwrap();
        assert_eq!(instance.get(library.output("q").unwrap()), value);
        // The first stays loaded, the second does not.
        if value == 11 {
            kept.push((instance, library));
        }
    }
    let (instance, library) = &mut kept[0];
    instance.eval().unwrap();
    assert_eq!(instance.get(library.output("q").unwrap()), 11);
}

#[test]
fn included_text_counts() {
    let folder = tempfile::tempdir().unwrap();
    let design = Design::new("included").include_folder(folder.path()).define("LOW", Some(5)).text(
        "included.v",
        "`include \"value.vh\"\n`include \"near.vh\"\nmodule included(output wire [31:0] q); assign q = {`VALUE, `NEAR, 8'd`LOW}; endmodule\n",
    ).text("near.vh", "`define NEAR 8'd9\n");
    for value in [1, 2] {
        std::fs::write(
            folder.path().join("value.vh"),
            format!("`define VALUE 16'd{value}\n"),
        )
        .unwrap();
        let library = design.build(&cache()).unwrap();
        let mut instance = library.instance(1).unwrap();
        instance.eval().unwrap();
        assert_eq!(
            instance.get(library.output("q").unwrap()),
            value << 16 | 9 << 8 | 5
        );
    }
}

#[test]
fn threads_share_one_build() {
    let folder = tempfile::tempdir().unwrap();
    let (compiler, log) = logging_compiler(folder.path());
    let cache = empty_cache().tools(Tools::default().compiler(&compiler));
    std::thread::scope(|scope| {
        for n in 1..=6 {
            let cache = &cache;
            scope.spawn(move || assert_eq!(run(&counter(10), cache, n), n));
        }
    });
    assert_eq!(calls(&log), 2, "one compilation, one link");
}

/// Runs as a process of its own for the test below, and does nothing otherwise.
#[test]
fn child_process() {
    let Some(folder) = std::env::var_os("VERILATED_TEST_CHILD").map(PathBuf::from) else {
        return;
    };
    let cache =
        Cache::new(folder.join("cache")).tools(Tools::default().compiler(folder.join("g++")));
    assert_eq!(run(&counter(11), &cache, 3), 3);
}

#[test]
fn processes_share_one_build() {
    let folder = tempfile::tempdir().unwrap();
    let (_, log) = logging_compiler(folder.path());
    counter(8).build(&cache()).unwrap();
    std::fs::create_dir(folder.path().join("cache")).unwrap();
    std::os::unix::fs::symlink(
        cache().folder().join("runtime"),
        folder.path().join("cache/runtime"),
    )
    .unwrap();
    let start = || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "builds::child_process", "--nocapture"])
            .env("VERILATED_TEST_CHILD", folder.path())
            .spawn()
            .unwrap()
    };
    let children: Vec<_> = (0..4).map(|_| start()).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(calls(&log), 2, "one compilation, one link");
}

#[test]
fn a_large_design_is_compiled_in_pieces_and_still_right() {
    const COUNT: u64 = 900;
    let mut text = String::from(
        "module long_chain(input wire clk, input wire [63:0] d, output wire [63:0] q);\n",
    );
    for n in 0..COUNT {
        let from = if n == 0 {
            "d".to_string()
        } else {
            format!("r{}", n - 1)
        };
        text += &format!(
            "reg [63:0] r{n}; always @(posedge clk) r{n} <= ({from} ^ 64'd{n}) + 64'd{};\n",
            n * n
        );
    }
    text += &format!("assign q = r{};\nendmodule\n", COUNT - 1);
    let folder = tempfile::tempdir().unwrap();
    let (compiler, log) = logging_compiler(folder.path());
    let cache = empty_cache().tools(Tools::default().compiler(compiler));
    // Waveforms and snapshots make more code of it.
    let design = Design::new("long_chain")
        .text("long_chain.v", text)
        .trace(Trace::Vcd)
        .savable(true);
    let library = design.build(&cache).unwrap();
    assert!(calls(&log) > 2, "{} calls", calls(&log));
    let (clk, d, q) = (
        library.input("clk").unwrap(),
        library.input("d").unwrap(),
        library.output("q").unwrap(),
    );
    let mut instance = library.instance(1).unwrap();
    for given in [5, u64::MAX] {
        instance.set(d, given);
        instance.cycles(clk, COUNT).unwrap();
        assert_eq!(
            instance.get(q),
            (0..COUNT).fold(given, |value, n| (value ^ n).wrapping_add(n * n))
        );
    }
}

#[test]
fn a_damaged_entry_is_built_again() {
    let cache = empty_cache();
    let path = counter(12).build(&cache).unwrap().folder().join("model.so");
    std::fs::write(&path, "cut short").unwrap();
    assert_eq!(run(&counter(12), &cache, 3), 3);
}

#[test]
fn a_temporary_cache_goes_with_its_last_clone() {
    let cache = empty_cache();
    let clone = cache.clone();
    assert_eq!(run(&counter(12), &cache, 3), 3);
    drop(cache);
    assert_eq!(entries(&clone.folder().join("models")).len(), 1);
    let folder = clone.folder().to_path_buf();
    drop(clone);
    assert!(!folder.exists());
}

#[test]
fn temporary_caches_of_killed_processes_are_removed() {
    let lasting = tempfile::tempdir().unwrap();
    let cache = Cache::new(lasting.path());
    let living = cache.temporary().unwrap();
    let folder = living.folder().to_path_buf();
    // What a killed process leaves: the folder, and a lock that nobody holds.
    let copy = folder.with_file_name("killed");
    std::fs::create_dir_all(copy.join(".locks")).unwrap();
    std::fs::write(copy.join(".locks/alive"), "").unwrap();
    let other = cache.temporary().unwrap();
    assert!(!copy.exists());
    assert!(folder.exists() && other.folder().exists());
}

#[test]
fn an_abandoned_build_is_removed() {
    let cache = empty_cache();
    let finished = counter(13).build(&cache).unwrap().folder().to_path_buf();
    let name = finished.file_name().unwrap().to_str().unwrap().to_string();
    let models = finished.parent().unwrap();
    std::fs::rename(&finished, models.join(format!(".building-{name}-killed"))).unwrap();
    assert_eq!(run(&counter(13), &cache, 3), 3);
    assert_eq!(entries(models), [name]);
}

fn tool_error(error: Error) -> (String, String, String) {
    let text = error.to_string();
    match error {
        Error::Tool {
            version, command, ..
        } => (text, version, command),
        other => panic!("{other}"),
    }
}

#[test]
fn bad_verilog_is_an_error_with_version_command_and_output() {
    let cache = empty_cache();
    let design = Design::new("broken").text(
        "broken.v",
        "module broken(input wire a);\n  assign = a;\nendmodule\n",
    );
    let (text, version, command) = tool_error(design.build(&cache).unwrap_err());
    assert_eq!(version, Tools::default().verilator_version().unwrap());
    assert!(
        command.contains("--top-module broken") && command.contains("src/broken.v"),
        "{command}"
    );
    assert!(
        text.contains("verilating broken failed") && text.contains(&command),
        "{text}"
    );
    assert!(text.contains("broken.v:2:"), "{text}");
    assert_eq!(
        entries(&cache.folder().join("models")),
        [""; 0],
        "nothing looks finished"
    );
    // The command can be repeated as printed.
    let again = Command::new("sh").args(["-c", &command]).output().unwrap();
    assert!(String::from_utf8_lossy(&again.stderr).contains("broken.v:2:"));
    // Nor is the failure remembered as a success.
    design.build(&cache).unwrap_err();
}

#[test]
fn warnings_fail_unless_waived() {
    let text = "module narrow(input wire [7:0] a, output wire [3:0] y); assign y = a; endmodule\n";
    let design = Design::new("narrow").text("narrow.v", text);
    let (text, ..) = tool_error(design.build(&cache()).unwrap_err());
    assert!(text.contains("WIDTH"), "{text}");
    design.waive("WIDTH").build(&cache()).unwrap();
}

#[test]
fn a_failing_compiler_is_an_error_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("g++");
    std::fs::write(
        &program,
        "#!/bin/sh\n[ \"$1\" = --version ] && exec g++ --version\necho out of memory; exit 1\n",
    )
    .unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    let cache = empty_cache();
    let failing = cache.clone().tools(Tools::default().compiler(&program));
    let (text, version, _) = tool_error(counter(14).build(&failing).unwrap_err());
    assert!(
        text.contains("out of memory") && !version.is_empty(),
        "{text}"
    );
    assert_eq!(entries(&cache.folder().join("models")), [""; 0]);
    assert_eq!(run(&counter(14), &cache, 2), 2);
}

#[test]
fn missing_tools_are_named_with_the_way_to_get_them() {
    let design = counter(8);
    for (tools, package) in [
        (
            Tools::default().verilator("/nowhere/verilator"),
            "apt-get install verilator",
        ),
        (
            Tools::default().compiler("/nowhere/g++"),
            "apt-get install g++",
        ),
    ] {
        let text = design.build(&cache().tools(tools)).unwrap_err().to_string();
        assert!(
            text.contains("/nowhere/") && text.contains("scripts/setup") && text.contains(package),
            "{text}"
        );
    }
}

#[test]
fn refuses_designs_that_cannot_be() {
    let text = |design: Design| design.build(&cache()).unwrap_err().to_string();
    assert!(text(Design::new("empty")).contains("no source"));
    let twice = Design::new("twice").text("a.v", "").text("a", "");
    assert!(text(twice).contains("two files are named `a.v`"));
    assert!(text(Design::new("odd").text("a b.v", "")).contains("`a b.v`"));
    assert!(text(Design::new("gone").file("/nowhere/gone.v")).contains("/nowhere/gone.v"));
}

#[test]
fn lint_is_silent_on_clean_text_and_complete_on_other() {
    let clean = Design::new("clean").text(
        "clean.v",
        "module clean(input wire clk, input wire d, output reg q);\n  always @(posedge clk) q <= d;\nendmodule\n",
    );
    assert_eq!(clean.lint(&cache()).unwrap().trim(), "");
    let unused = Design::new("unused").text("unused.v", "module unused(input wire a); endmodule\n");
    unused.build(&cache()).unwrap();
    let (text, version, command) = tool_error(unused.lint(&cache()).unwrap_err());
    assert!(
        text.contains("UNUSED") && text.contains("unused.v:1"),
        "{text}"
    );
    assert!(
        !version.is_empty() && command.contains("-Wall"),
        "{command}"
    );
    let other_name = Design::new("clean").text(
        "other.v",
        "module clean(input wire a, output wire y); assign y = a; endmodule\n",
    );
    assert!(tool_error(other_name.lint(&cache()).unwrap_err())
        .0
        .contains("DECLFILENAME"));
}

#[test]
fn a_library_is_unloaded_with_its_last_instance() {
    let loaded = |folder: &Path| {
        let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
        maps.contains(folder.to_str().unwrap())
    };
    let library = counter(15).build(&cache()).unwrap();
    let folder = library.folder().to_path_buf();
    let mut instance = library.instance(1).unwrap();
    drop(library);
    let clk = instance.input("clk").unwrap();
    instance.cycles(clk, 5).unwrap();
    assert!(loaded(&folder));
    drop(instance);
    assert!(!loaded(&folder));
}

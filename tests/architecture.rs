//! The architecture, enforced: `src/` keeps to the dependency table of `docs/architecture.md`

use std::collections::BTreeSet;
use std::path::Path;

use mentions::Mentions;
use table::Table;

#[path = "architecture/mentions.rs"]
mod mentions;
#[path = "architecture/table.rs"]
mod table;

const MAX_LINES: usize = 400;

/// Modules that may touch the world
const EDGE: [&str; 3] = ["aws", "cli", "main"];

/// What only the edge may mention: files, environment, clock, processes, standard streams
const OUTSIDE: [&str; 18] = [
    "std::fs",
    "std::env",
    "std::process",
    "std::time::SystemTime",
    "std::time::Instant",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "anstream::stdout",
    "anstream::stderr",
    "print!",
    "println!",
    "eprint!",
    "eprintln!",
    "dbg!",
    "anstream::println!",
];

/// One file of `src/`
struct Room {
    path: String,
    /// `src/iam/arn.rs` is `["iam", "arn"]`; `lib` and `main` are the roots of their crates
    module: Vec<String>,
    text: String,
    mentions: Mentions,
}

impl Room {
    fn parse(path: &str, text: String) -> Result<Self, String> {
        let stem = path.strip_suffix(".rs").ok_or_else(|| format!("{path}: not a Rust file"))?;
        let module: Vec<String> = stem.split('/').map(str::to_owned).collect();
        let file = syn::parse_file(&text).map_err(|error| format!("{path}: {error}"))?;
        let at_root = matches!(stem, "lib" | "main");
        let here = if at_root { &[] } else { module.as_slice() };
        let mentions = Mentions::collect(here, &file);
        Ok(Self { path: path.to_owned(), module, text, mentions })
    }

    fn floor(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }

    fn broken_imports(&self, table: &Table) -> Vec<String> {
        let floor = self.floor();
        let Some(may_use) = table.may_use.get(floor) else {
            return vec![format!("src/{}: module `{floor}` is not in the table", self.path)];
        };
        let used: BTreeSet<String> = self
            .mentions
            .resolved()
            .into_iter()
            .filter(|path| path.first().is_some_and(|root| root == "crate"))
            .filter_map(|path| path.into_iter().nth(1))
            .filter(|used| used == "*" || table.may_use.contains_key(used))
            .collect();
        let broken = used.iter().filter(|used| *used != floor && !may_use.contains(*used));
        broken.map(|used| format!("src/{}: `{floor}` may not use `{used}`", self.path)).collect()
    }

    fn reaches_outside(&self) -> Vec<String> {
        if EDGE.contains(&self.floor()) {
            return Vec::new();
        }
        let mentions: BTreeSet<String> = self.mentions.resolved().into_iter().map(|path| path.join("::")).collect();
        let reaching = mentions.iter().filter(|mention| OUTSIDE.iter().any(|outside| reaches(mention, outside)));
        reaching.map(|mention| format!("src/{}: the core may not mention `{mention}`", self.path)).collect()
    }
}

/// `std::fs::read` reaches `std::fs`; so does `std::*`
fn reaches(mention: &str, outside: &str) -> bool {
    let inside = mention.strip_prefix(outside).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
    inside || mention.strip_suffix('*').is_some_and(|opened| outside.starts_with(opened))
}

/// Lines of the file outside its inline test modules, which rustfmt closes with a brace in the first column
fn production_lines(text: &str) -> usize {
    let mut lines = text.lines().peekable();
    let mut counted = 0;
    while let Some(line) = lines.next() {
        let tests =
            line == "#[cfg(test)]" && lines.peek().is_some_and(|next| next.starts_with("mod ") && next.ends_with('{'));
        if tests {
            lines.by_ref().find(|line| *line == "}");
        } else {
            counted += 1;
        }
    }
    counted
}

/// Every file of `src/` that is not for tests only
fn rooms() -> Result<Vec<Room>, String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut rooms = Vec::new();
    for entry in walkdir::WalkDir::new(&src).sort_by_file_name() {
        let entry = entry.map_err(|error| error.to_string())?;
        if entry.file_type().is_file() && entry.path().extension().is_some_and(|extension| extension == "rs") {
            let inside = entry.path().strip_prefix(&src).map_err(|error| error.to_string())?;
            let names: Vec<_> = inside.components().map(|part| part.as_os_str().to_string_lossy()).collect();
            let text =
                std::fs::read_to_string(entry.path()).map_err(|error| format!("{}: {error}", names.join("/")))?;
            rooms.push(Room::parse(&names.join("/"), text)?);
        }
    }
    let tests: Vec<Vec<String>> = rooms.iter().flat_map(|room| room.mentions.test_modules.clone()).collect();
    rooms.retain(|room| !tests.iter().any(|test| room.module.starts_with(test)));
    for root in ["lib", "main"] {
        if !rooms.iter().any(|room| room.floor() == root) {
            return Err(format!("src/{root}.rs was not found"));
        }
    }
    Ok(rooms)
}

fn table() -> Result<Table, String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/architecture.md");
    Table::parse(&std::fs::read_to_string(path).map_err(|error| format!("docs/architecture.md: {error}"))?)
}

#[test]
fn modules_use_only_what_the_table_allows() {
    let table = table().unwrap();
    let broken: Vec<String> = rooms().unwrap().iter().flat_map(|room| room.broken_imports(&table)).collect();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_core_touches_nothing_outside() {
    let reaching: Vec<String> = rooms().unwrap().iter().flat_map(Room::reaches_outside).collect();
    assert!(reaching.is_empty(), "{}", reaching.join("\n"));
}

#[test]
fn files_stay_small() {
    let sizes = rooms().unwrap().into_iter().map(|room| (production_lines(&room.text), room.path));
    let large: Vec<String> = sizes
        .filter(|(lines, _)| *lines > MAX_LINES)
        .map(|(lines, path)| format!("src/{path}: {lines} lines"))
        .collect();
    assert!(large.is_empty(), "more than {MAX_LINES} lines, tests aside:\n{}", large.join("\n"));
}

#[test]
fn a_forbidden_import_is_seen_in_every_spelling() {
    let table = table().unwrap();
    for code in [
        "use crate::policy::Document;",
        "use crate::{iam, policy::parse::parse};",
        "use super::policy as p;",
        "use super::super::policy;",
        "fn f() -> crate::policy::Document { todo() }",
        "fn f() { let _ = matches!(x, crate::policy::Effect::Deny); }",
        "mod inner { use super::super::super::policy; }",
        "fn f() { use crate::policy; }",
        "use crate::*;",
    ] {
        let path = if code.starts_with("use super::policy") { "iam.rs" } else { "iam/arn.rs" };
        let broken = Room::parse(path, code.to_owned()).unwrap().broken_imports(&table);
        let wanted = if code == "use crate::*;" { "*" } else { "policy" };
        assert_eq!(broken, [format!("src/{path}: `iam` may not use `{wanted}`")], "{code}");
    }
}

#[test]
fn an_import_by_the_name_of_the_crate_or_of_a_declared_module_is_seen() {
    let table = table().unwrap();
    let main = Room::parse("main.rs", "use iam_preflight::evaluate::decide;".to_owned()).unwrap();
    assert_eq!(main.broken_imports(&table), ["src/main.rs: `main` may not use `evaluate`"]);
    let lib = Room::parse("lib.rs", "pub mod iam; pub use iam::Arn;".to_owned()).unwrap();
    assert_eq!(lib.broken_imports(&table), ["src/lib.rs: `lib` may not use `iam`"]);
}

#[test]
fn a_module_outside_the_table_is_seen() {
    let room = Room::parse("helpers/text.rs", String::new()).unwrap();
    assert_eq!(room.broken_imports(&table().unwrap()), ["src/helpers/text.rs: module `helpers` is not in the table"]);
}

#[test]
fn a_reach_outside_is_seen_in_every_spelling() {
    for (code, mention) in [
        ("use std::fs;", "std::fs"),
        ("use std::{env as environment, fmt};", "std::env"),
        ("fn f() { std::fs::read(p); }", "std::fs::read"),
        ("use std::io; fn f() { io::stdout().lock(); }", "std::io::stdout"),
        ("use std::io::*;", "std::io::*"),
        ("use std::time; use time::SystemTime;", "std::time::SystemTime"),
        ("fn f() { println!(\"\"); }", "println!"),
        ("fn f() { let _ = vec![{ eprintln!(); 1 }]; }", "eprintln!"),
        ("fn f() { let _ = format!(\"{:?}\", std::env::args()); }", "std::env::args"),
    ] {
        let seen = Room::parse("evaluate/layers.rs", code.to_owned()).unwrap().reaches_outside();
        assert_eq!(seen, [format!("src/evaluate/layers.rs: the core may not mention `{mention}`")], "{code}");
        assert!(Room::parse("cli/check.rs", code.to_owned()).unwrap().reaches_outside().is_empty(), "{code}");
    }
}

#[test]
fn what_is_allowed_is_left_alone() {
    let code = "
        use std::io::{self, BufRead, Write};
        use super::Document;
        use crate::iam::Arn;
        fn f(out: &mut dyn Write) -> io::Result<()> { writeln!(out, \"crate::evaluate std::fs\") }
        #[cfg(test)] use crate::evaluate::decide;
        #[cfg(test)] mod tests { use std::fs; fn f() { println!(); crate::cli::run(); } }
        #[cfg(all(test, unix))] fn g() { std::env::args(); }";
    let room = Room::parse("policy/parse.rs", code.to_owned()).unwrap();
    assert_eq!(room.broken_imports(&table().unwrap()), [""; 0]);
    assert_eq!(room.reaches_outside(), [""; 0]);
}

#[test]
fn a_broken_table_is_refused() {
    let document =
        |rows: &str| format!("# A\n\n## Who may use whom\n\n| module | may use |\n|---|---|\n{rows}\n## Why\n");
    for (rows, reason) in [
        ("", "the table has no rows"),
        ("| `a` | `b` |", "`a` may use `b`, which is not below it"),
        ("| `a` | — |\n| `b` | `a` |", "`b` may use `a`, which is not below it"),
        ("| `a` | — |\n| `a` | — |", "a second row for the same module: | `a` | — |"),
        ("| `a` | b |", "not a name in backticks: b"),
        ("| `a` |", "not two cells: | `a` |"),
    ] {
        assert_eq!(Table::parse(&document(rows)).unwrap_err(), reason, "{rows}");
    }
    assert_eq!(Table::parse("# A\n").unwrap_err(), "the section `Who may use whom` is missing");
}

#[test]
fn lines_of_test_modules_do_not_count() {
    assert_eq!(production_lines("fn a() {\n}\n\n#[cfg(test)]\nmod tests {\n    fn b() {}\n}\nfn c() {}\n"), 4);
    assert_eq!(production_lines("#[cfg(test)]\nmod tests;\nfn a() {}\n"), 3);
}

#[test]
fn a_file_that_is_not_rust_is_an_error() {
    assert!(Room::parse("iam.rs", "fn (".to_owned()).is_err_and(|error| error.starts_with("iam.rs: ")));
}

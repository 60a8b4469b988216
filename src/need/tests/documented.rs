//! The rows that the documentation of AWS asks for, written from its pages, beside the rows that are derived

use std::fmt::Write;

use serde::Deserialize;

use super::operations::{OPERATIONS, case, target};
use super::*;

/// What the pages ask for one operation: `tests/data/documented/SERVICE.Operation.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    operation: String,
    compared: toml::value::Datetime,
    #[serde(default)]
    facts: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    minimal_facts: BTreeMap<String, Vec<String>>,
    page: BTreeMap<String, Page>,
    row: Vec<Row>,
    #[serde(default)]
    extra: Vec<Extra>,
    #[serde(default)]
    left_out: Vec<LeftOut>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    url: String,
    /// Whether the page's own text was read; else what others say of it
    read: bool,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Row {
    actor: String,
    actions: Vec<String>,
    #[serde(default)]
    minimal: Vec<String>,
    #[serde(default)]
    maximal: Vec<String>,
    says: Says,
    pages: Vec<String>,
    one_of: Option<String>,
    /// Where the page was read and does not say this row: `false`
    read: Option<bool>,
    /// Why the catalog asks for less than the page
    weaker: Option<String>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Says {
    Must,
    May,
}

/// A row that is derived as a must and stands on no page
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Extra {
    actor: String,
    actions: Vec<String>,
    #[serde(default)]
    minimal: Vec<String>,
    #[serde(default)]
    maximal: Vec<String>,
    why: String,
}

/// What stands on a page and is not derived for these requests
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LeftOut {
    actor: String,
    actions: Vec<String>,
    pages: Vec<String>,
    why: String,
}

type Triple = (String, String, String);

fn triples(actor: &str, actions: &[String], resources: &[String]) -> Vec<Triple> {
    let each = |action: &String| resources.iter().map(|on| (actor.to_owned(), action.clone(), on.clone())).collect();
    actions.iter().flat_map(|action| -> Vec<Triple> { each(action) }).collect()
}

fn triple(need: &Need) -> Triple {
    (need.actor.to_string(), need.action.to_string(), target(&need.target))
}

fn words((actor, action, resource): &Triple) -> String {
    format!("{actor} {action} on {resource}")
}

fn table(operation: &str) -> Table {
    let path = format!("{}/tests/data/documented/{}.toml", env!("CARGO_MANIFEST_DIR"), operation.replace(':', "."));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn derived(operation: &'static str, size: &str, table: &Table) -> Vec<Need> {
    let own = if size == "minimal" { table.minimal_facts.clone() } else { BTreeMap::new() };
    let told = table.facts.clone().into_iter().chain(own);
    case(operation, size).knowing(|facts| facts.told.extend(told)).with(derive).needs
}

impl Table {
    fn url(&self, page: &str) -> &str {
        &self.page.get(page).unwrap_or_else(|| panic!("{}: no page `{page}`", self.operation)).url
    }

    fn is_read(&self, row: &Row) -> bool {
        row.read.unwrap_or_else(|| row.pages.iter().any(|page| self.page.get(page).is_some_and(|page| page.read)))
    }

    /// Where the pages and the derived rows differ, both sides named
    fn differences(&self, size: &str, needs: &[Need]) -> Vec<String> {
        let mut all = Vec::new();
        let mut known: BTreeSet<Triple> = BTreeSet::new();
        for row in &self.row {
            let resources = if size == "minimal" { &row.minimal } else { &row.maximal };
            for asked in triples(&row.actor, &row.actions, resources) {
                all.extend(self.against(row, &asked, needs));
                known.insert(asked);
            }
        }
        for extra in &self.extra {
            let resources = if size == "minimal" { &extra.minimal } else { &extra.maximal };
            for asked in triples(&extra.actor, &extra.actions, resources) {
                if !needs.iter().any(|need| need.strength == Strength::Must && triple(need) == asked) {
                    all.push(format!("an extra that is not derived as a must: {}", words(&asked)));
                }
                if !known.insert(asked.clone()) {
                    all.push(format!("an extra that stands on a page: {}", words(&asked)));
                }
            }
        }
        for need in needs.iter().filter(|need| need.strength == Strength::Must && !known.contains(&triple(need))) {
            let urls: Vec<&str> = need.sources.iter().map(|source| source.url.as_str()).collect();
            all.push(format!(
                "derived, on no page: `{}` {}\n    the catalog says: {} ({})\n    the pages ask of this actor: {}",
                need.id,
                words(&triple(need)),
                need.because,
                urls.join(" "),
                nearest(known.iter(), &triple(need)),
            ));
        }
        for left in &self.left_out {
            for need in needs.iter().filter(|need| need.actor.to_string() == left.actor) {
                if left.actions.contains(&need.action.to_string()) {
                    all.push(format!("left out ({}), and derived: {}", left.why, words(&triple(need))));
                }
            }
        }
        all
    }

    /// What is wrong with the derived rows that a documented one asks for
    fn against(&self, row: &Row, asked: &Triple, needs: &[Need]) -> Vec<String> {
        let urls: Vec<&str> = row.pages.iter().map(|page| self.url(page)).collect();
        let page = format!("{} says {}", urls.join(" "), if row.says == Says::Must { "must" } else { "may" });
        let found: Vec<&Need> =
            needs.iter().filter(|need| triple(need) == *asked && need.any_of == row.one_of).collect();
        if found.is_empty() {
            let derived: Vec<Triple> = needs.iter().map(triple).collect();
            let derived = nearest(derived.iter(), asked);
            return vec![format!("on a page, not derived: {}\n    {page}\n    derived: {derived}", words(asked))];
        }
        let mut wrong = Vec::new();
        let must = found.iter().any(|need| need.strength == Strength::Must);
        match (row.says, must, &row.weaker) {
            (Says::Must, false, None) | (Says::May, true, _) => {
                wrong.push(format!("{page}, derived as {}: {}", found[0].strength.word(), words(asked)));
            }
            (Says::Must, true, Some(why)) => {
                wrong.push(format!("derived as a must after all, though {why}: {}", words(asked)));
            }
            _ => {}
        }
        let cited = found.iter().flat_map(|need| &need.sources).any(|source| urls.contains(&source.url.as_str()));
        if !cited {
            let sources: Vec<&str> = found[0].sources.iter().map(|source| source.url.as_str()).collect();
            wrong.push(format!("{page}, the catalog cites {}: {}", sources.join(" "), words(asked)));
        }
        wrong
    }
}

/// What there is of the same actor and action, or else of the same action
fn nearest<'t>(triples: impl Iterator<Item = &'t Triple> + Clone, to: &Triple) -> String {
    let same = triples.clone().filter(|one| one.0 == to.0 && one.1 == to.1);
    let action = triples.filter(|one| one.0 != to.0 && one.1 == to.1);
    let found: Vec<String> = same.chain(action).map(words).collect();
    if found.is_empty() { "nothing with this action".to_owned() } else { found.join("; ") }
}

#[test]
fn the_derived_rows_are_those_that_the_pages_ask_for() {
    let mut text = String::new();
    for operation in OPERATIONS {
        let table = table(operation);
        for size in ["minimal", "maximal"] {
            for difference in table.differences(size, &derived(operation, size, &table)) {
                let _ = writeln!(text, "{operation} {size}: {difference}");
            }
        }
    }
    assert!(text.is_empty(), "\n{text}");
}

#[test]
fn each_table_of_the_pages_is_whole() {
    for operation in OPERATIONS {
        let table = table(operation);
        assert_eq!(table.operation, operation);
        assert!(table.compared.date.is_some(), "{operation}");
        let named =
            table.row.iter().flat_map(|row| &row.pages).chain(table.left_out.iter().flat_map(|left| &left.pages));
        let named: BTreeSet<&str> = named.map(String::as_str).collect();
        let pages: BTreeSet<&str> = table.page.keys().map(String::as_str).collect();
        assert_eq!(named, pages, "{operation}: pages named and pages listed");
        for row in &table.row {
            assert!(!row.minimal.is_empty() || !row.maximal.is_empty(), "{operation}: {:?}", row.actions);
            let claims_more = row.read == Some(true) && !row.pages.iter().any(|page| table.page[page].read);
            assert!(!claims_more, "{operation}: {:?} claims a page that was not read", row.actions);
        }
        let reasons = table.extra.iter().map(|extra| &extra.why).chain(table.left_out.iter().map(|left| &left.why));
        assert!(reasons.into_iter().all(|why| !why.is_empty()), "{operation}");
        assert!(table.row.iter().any(|row| table.is_read(row)), "{operation}: no page was read");
    }
}

#[test]
fn each_kind_of_difference_is_found_and_names_both_sides() {
    let operation = "lookoutvision:CreateModel";
    let differ = |change: fn(&mut Table)| {
        let mut table = table(operation);
        change(&mut table);
        table.differences("maximal", &derived(operation, "maximal", &table)).join("\n")
    };
    let is = |table: &Table, action: &str| {
        table.row.iter().position(|row| row.actions == [action] && !row.maximal.is_empty()).unwrap()
    };
    assert_eq!(differ(|_| {}), "");
    let lost = differ(|table| table.row.retain(|row| row.actions != ["s3:PutObject"]));
    assert!(
        lost.contains("derived, on no page: `out-put` caller s3:PutObject on arn:aws:s3:::results/runs/1/*"),
        "{lost}"
    );
    let moved = differ(|table| {
        for row in table.row.iter_mut().filter(|row| row.actions == ["s3:PutObject"]) {
            row.maximal = vec!["arn:aws:s3:::results/runs/2/*".to_owned()];
        }
    });
    assert!(moved.contains("on a page, not derived: caller s3:PutObject on arn:aws:s3:::results/runs/2/*"), "{moved}");
    assert!(moved.contains("derived: caller s3:PutObject on arn:aws:s3:::results/runs/1/*"), "{moved}");
    assert!(moved.contains("su-sdk-permissions.html says must"), "{moved}");
    let other_actor = differ(|table| {
        for row in table.row.iter_mut().filter(|row| row.actions == ["kms:CreateGrant"]) {
            row.actor = "role:exec".to_owned();
        }
    });
    assert!(other_actor.contains("on a page, not derived: role:exec kms:CreateGrant on"), "{other_actor}");
    assert!(other_actor.contains("derived: caller kms:CreateGrant on"), "{other_actor}");
    let weak = differ(|table| {
        for row in &mut table.row {
            row.weaker = None;
        }
    });
    assert!(weak.contains("derived as should: caller kms:DescribeKey"), "{weak}");
    let strong = differ(|table| {
        for row in table.row.iter_mut().filter(|row| row.actions == ["kms:CreateGrant"]) {
            row.says = Says::May;
        }
    });
    assert!(strong.contains("says may, derived as must: caller kms:CreateGrant"), "{strong}");
    let uncited = differ(|table| {
        for row in table.row.iter_mut().filter(|row| row.actions == ["kms:CreateGrant"]) {
            row.pages = vec!["multi".to_owned()];
        }
    });
    assert!(uncited.contains("mpuoverview.html says must, the catalog cites"), "{uncited}");
    let mut left = table(operation);
    let row = left.row[is(&left, "s3:GetBucketLocation")].clone();
    left.left_out.push(LeftOut { actor: row.actor, actions: row.actions, pages: row.pages, why: "no use".to_owned() });
    let left = left.differences("maximal", &derived(operation, "maximal", &left)).join("\n");
    assert!(left.contains("left out (no use), and derived: caller s3:GetBucketLocation"), "{left}");
}

/// The lines of docs/operations.md that follow from the catalog and the tables
fn documented_lines() -> (Vec<String>, Vec<String>) {
    let catalog = Catalog::embedded().unwrap();
    let mut lines = Vec::new();
    let mut members = Vec::new();
    for name in OPERATIONS {
        let (table, operation) = (table(name), catalog.operation(name).unwrap());
        let status = &operation.header.status;
        let on = status.on.map(|on| format!(" {on}")).unwrap_or_default();
        let needs = ["minimal", "maximal"].map(|size| derived(name, size, &table));
        let actors: BTreeSet<String> = needs.iter().flatten().map(|need| need.actor.to_string()).collect();
        let actors: Vec<&str> = actors.iter().map(|actor| actor.trim_start_matches("service:")).collect();
        let read = table.page.values().filter(|page| page.read).count();
        lines.push(format!(
            "| `{name}` | {}{on} | {} | {} of {} | {} |",
            format!("{:?}", status.state).to_lowercase(),
            actors.join(", "),
            read,
            table.page.len(),
            table.compared,
        ));
        let unmodelled: Vec<String> = operation.header.unmodelled.iter().map(|path| format!("`{path}`")).collect();
        if !unmodelled.is_empty() {
            members.push(format!("- `{name}`: {}", unmodelled.join(", ")));
        }
    }
    (lines, members)
}

#[test]
fn the_page_on_operations_says_what_there_is() {
    let (lines, members) = documented_lines();
    let page = include_str!("../../../docs/operations.md");
    let starts = |beginning: &str| -> Vec<String> {
        page.lines().filter(|line| line.starts_with(beginning)).map(str::to_owned).collect()
    };
    let shown: Vec<String> = ["| `", "- `"]
        .iter()
        .flat_map(|beginning| starts(beginning))
        .filter(|line| line.contains(":Create") || line.contains(":Start"))
        .collect();
    let expected: Vec<String> = lines.into_iter().chain(members).collect();
    assert_eq!(shown.join("\n"), expected.join("\n"));
}

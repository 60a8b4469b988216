use super::*;
use crate::report::csv::{COLUMNS, NEEDED};

fn records(shown: &str) -> Vec<Vec<String>> {
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(shown.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

fn column(name: &str) -> usize {
    COLUMNS.iter().position(|column| *column == name).unwrap()
}

/// The items of a cell, as the format's description says
fn items(cell: &str) -> Vec<String> {
    let (mut items, mut item, mut escaped) = (Vec::new(), String::new(), false);
    for character in cell.chars() {
        match character {
            _ if escaped => {
                item.push(character);
                escaped = false;
            }
            '\\' => escaped = true,
            ';' => items.push(std::mem::take(&mut item)),
            other => item.push(other),
        }
    }
    items.push(item);
    items.iter().map(|item| item.strip_prefix(' ').unwrap_or(item).to_owned()).collect()
}

#[track_caller]
pub(super) fn reads_back(report: &Report, text: &str) {
    let shown = shown(report, Format::Csv);
    assert_eq!(shown.lines().count(), report.requirements.len() + 1, "one line each: {shown}");
    let records = records(&shown);
    let wanted = visible(text);
    for (record, row) in records[1..].iter().zip(&report.requirements) {
        assert_eq!(record.len(), COLUMNS.len());
        for cell in record {
            assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "a formula: {cell}");
        }
        for name in ["operation", "principal", "id", "action", "resource", "because"] {
            let cell = &record[column(name)];
            assert_eq!(cell.strip_prefix('\'').filter(|_| cell.as_str() != wanted).unwrap_or(cell), wanted, "{name}");
        }
        let cell = &record[column("missing_facts")];
        let cell = cell.strip_prefix('\'').filter(|rest| rest.starts_with(['=', '+', '-', '@'])).unwrap_or(cell);
        let facts: Vec<_> = row.missing_facts.iter().map(|fact| visible(fact).into_owned()).collect();
        assert_eq!(items(cell).concat().trim_start(), facts.concat().trim_start());
        assert_eq!(record[column("decision")], row.decision.word());
    }
}

#[test]
fn hostile_text_comes_back_as_it_is_shown() {
    reads_back(&hostile(HOSTILE), HOSTILE);
}

#[test]
fn each_needed_permission_has_a_line_with_its_cause() {
    let records = records(&shown(&blocked(), Format::Csv));
    assert_eq!(records[0], COLUMNS);
    let line = |id: &str| records.iter().find(|record| record[column("id")] == id).unwrap();
    let denied = line("read-object");
    assert_eq!(denied[column("cause")], "explicit-deny-resource");
    assert_eq!(denied[column("resource_count")], "312");
    assert_eq!(
        denied[column("decided_by")],
        "denies: resource acme-line-7/OnlyFromTheFactory at s3/acme-line-7/policy.json:12:5"
    );
    assert_eq!(line("key-grant")[column("cause")], "missing-permission-resource");
    assert_eq!(line("create")[column("cause")], "");
    assert_eq!(items(&line("key-grant")[column("help")]).len(), 2);
}

#[track_caller]
pub(super) fn needs_read_back(needs: &DerivedReport) {
    let shown = shown_needs(needs, Format::Csv);
    let records = records(&shown);
    assert_eq!((records.len(), shown.lines().count()), (needs.rows.len() + 1, needs.rows.len() + 1), "{shown}");
    assert_eq!(records[0], NEEDED);
    let action = NEEDED.iter().position(|column| *column == "action").unwrap();
    for (record, row) in records[1..].iter().zip(&needs.rows) {
        assert!(record.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "a formula: {record:?}");
        let wanted = visible(&row.action);
        assert!(record[action] == wanted || record[action] == format!("'{wanted}"), "{record:?}");
    }
}

#[test]
fn a_derivation_has_a_line_for_each_need() {
    needs_read_back(&derived());
    needs_read_back(&needs(&hostile(HOSTILE)));
}

//! The dependency table, read from the document and checked

use std::collections::{BTreeMap, BTreeSet};

/// The dependency table: module names in the order of the floors, top first, and what each may use
#[derive(Debug)]
pub(crate) struct Table {
    floors: Vec<String>,
    pub(crate) may_use: BTreeMap<String, BTreeSet<String>>,
}

impl Table {
    pub(crate) fn parse(document: &str) -> Result<Self, String> {
        let section =
            document.split_once("\n## Who may use whom\n").ok_or("the section `Who may use whom` is missing")?.1;
        let section = section.split_once("\n## ").map_or(section, |(section, _)| section);
        let mut table = Self { floors: Vec::new(), may_use: BTreeMap::new() };
        for row in section.lines().filter(|line| line.starts_with('|')).skip(2) {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            let [module, uses] = cells.as_slice() else { return Err(format!("not two cells: {row}")) };
            let [module] = quoted(module)?.try_into().map_err(|_| format!("not one module: {row}"))?;
            let uses = if *uses == "—" { BTreeSet::new() } else { quoted(uses)?.into_iter().collect() };
            table.floors.push(module.clone());
            if table.may_use.insert(module, uses).is_some() {
                return Err(format!("a second row for the same module: {row}"));
            }
        }
        table.checked()
    }

    /// Refuses an empty table and a row that names itself, a row above, or no row at all
    fn checked(self) -> Result<Self, String> {
        if self.floors.is_empty() {
            return Err("the table has no rows".to_owned());
        }
        let mut below = BTreeSet::new();
        for module in self.floors.iter().rev() {
            if let Some(upward) = self.may_use.get(module).into_iter().flatten().find(|used| !below.contains(*used)) {
                return Err(format!("`{module}` may use `{upward}`, which is not below it"));
            }
            below.insert(module.clone());
        }
        Ok(self)
    }
}

fn quoted(cell: &str) -> Result<Vec<String>, String> {
    let word = |item: &str| item.trim().strip_prefix('`')?.strip_suffix('`').map(str::to_owned);
    cell.split(',').map(|item| word(item).ok_or_else(|| format!("not a name in backticks: {item}"))).collect()
}

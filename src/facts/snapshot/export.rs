//! The export of IAM: `iam/account-authorization-details*.json`, indexed by name and place
//!
//! An export can hold tens of megabytes, so only the heads of its entries are read here. The few
//! entries that matter to one principal are parsed with places later, each from its own range.

use std::ops::Range;

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::facts::MissingFact;
use crate::json::{self, Node};
use crate::source::{Problem, Problems, SourceFile};

use super::SnapshotFiles;
use super::files::{self, Gathered};

/// The folder of the export
pub(super) const FOLDER: &str = "iam";
const EXPECTED: &str = "expected the output of `aws iam get-account-authorization-details`";
/// The file of an export that is not split into pages
pub(super) const FILE: &str = "account-authorization-details.json";

/// Whether a file in the folder is a page of the export
pub(super) fn is_page(name: &str) -> bool {
    name.strip_prefix("account-authorization-details").and_then(|rest| rest.strip_suffix(".json")).is_some()
}

/// All pages of an export
pub(super) struct Export {
    pages: Vec<Page>,
}

struct Page {
    file: SourceFile,
    lists: [Option<Vec<Entry>>; 4],
    truncated: bool,
}

/// The lists of an export
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    /// `UserDetailList`
    Users,
    /// `GroupDetailList`
    Groups,
    /// `RoleDetailList`
    Roles,
    /// `Policies`
    Policies,
}

/// One entry of a list: what it is called and where it stands
pub(super) struct Entry {
    /// Its ARN
    pub(super) arn: String,
    /// Its name without path
    pub(super) name: String,
    span: Range<usize>,
}

/// One entry of a list, with places
pub(super) struct Detail<'e> {
    /// The page it stands on
    pub(super) file: &'e SourceFile,
    /// Its head
    pub(super) entry: &'e Entry,
    /// Its value, free of duplicate keys
    pub(super) node: Node,
}

#[derive(Deserialize)]
struct PageText<'t> {
    #[serde(borrow, default, rename = "UserDetailList")]
    users: Option<Vec<&'t RawValue>>,
    #[serde(borrow, default, rename = "GroupDetailList")]
    groups: Option<Vec<&'t RawValue>>,
    #[serde(borrow, default, rename = "RoleDetailList")]
    roles: Option<Vec<&'t RawValue>>,
    #[serde(borrow, default, rename = "Policies")]
    policies: Option<Vec<&'t RawValue>>,
    #[serde(default, rename = "IsTruncated")]
    truncated: bool,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "Arn")]
    arn: String,
    #[serde(rename = "RoleName", alias = "UserName", alias = "GroupName", alias = "PolicyName")]
    name: String,
}

impl List {
    /// What one entry is, in a word
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Users => "user",
            Self::Groups => "group",
            Self::Roles => "role",
            Self::Policies => "policy",
        }
    }

    /// The member of an entry that lists its inline policies
    pub(super) fn inline_key(self) -> &'static str {
        match self {
            Self::Users => "UserPolicyList",
            Self::Groups => "GroupPolicyList",
            Self::Roles | Self::Policies => "RolePolicyList",
        }
    }
}

/// A fact that the export would hold
pub(super) fn missing(what: String, why: String) -> MissingFact {
    let source = format!("{FOLDER}/{FILE} in the snapshot (aws iam get-account-authorization-details)");
    MissingFact { what, source, why }
}

impl Export {
    /// Reads all pages; `None` when there is none
    ///
    /// # Errors
    /// All pages that are not JSON or not of the shape of an export, all entries without ARN or name.
    pub(super) fn read(files: &dyn SnapshotFiles) -> Result<Option<Self>, Problems> {
        let mut names = files::entries(files, FOLDER)?;
        names.retain(|name| is_page(name));
        let mut gathered = Gathered::default();
        let pages: Vec<Page> =
            names.iter().filter_map(|name| gathered.keep(page(files, &format!("{FOLDER}/{name}")))).flatten().collect();
        let export = if pages.is_empty() { None } else { Some(Self { pages }) };
        gathered.finish(export)
    }

    /// Whether any page has this list; an export may be filtered to some
    pub(super) fn has(&self, list: List) -> bool {
        self.pages.iter().any(|page| page.list(list).is_some())
    }

    /// Whether a page is missing: each page says that another one follows
    pub(super) fn is_cut_short(&self) -> bool {
        self.pages.iter().all(|page| page.truncated)
    }

    /// All entries of a list
    pub(super) fn entries(&self, list: List) -> impl Iterator<Item = &Entry> {
        self.listed(list).map(|(_, entry)| entry)
    }

    /// The entry that fits, parsed with places
    ///
    /// # Errors
    /// When two entries fit that differ (pages of two exports), and the entry's duplicate keys.
    pub(super) fn find(&self, list: List, fits: impl Fn(&Entry) -> bool) -> Result<Option<Detail<'_>>, Problems> {
        let mut fitting = self.listed(list).filter(|(_, entry)| fits(entry));
        let Some((file, entry)) = fitting.next() else { return Ok(None) };
        for (other_file, other) in fitting {
            if file.slice(entry.span.clone()) != other_file.slice(other.span.clone()) {
                let at = other_file.position(other.span.start);
                let message = format!("`{}` stands twice in the export, with different contents", other.arn);
                let problem = Problem::at(&other_file.name, at, message);
                return Err(problem.with_help("keep the files of one export only").into());
            }
        }
        let node = json::parse_range(file, entry.span.start, entry.span.end)?;
        let duplicates = json::duplicate_keys(&file.name, &node);
        if duplicates.is_empty() { Ok(Some(Detail { file, entry, node })) } else { Err(Problems(duplicates)) }
    }

    fn listed(&self, list: List) -> impl Iterator<Item = (&SourceFile, &Entry)> {
        self.pages
            .iter()
            .flat_map(move |page| page.list(list).unwrap_or_default().iter().map(move |entry| (&page.file, entry)))
    }
}

impl Page {
    /// A list, `None` when the page does not have it
    fn list(&self, list: List) -> Option<&[Entry]> {
        self.lists.get(list as usize)?.as_deref()
    }
}

fn page(files: &dyn SnapshotFiles, path: &str) -> Result<Option<Page>, Problems> {
    let Some(file) = files::text(files, path)? else { return Ok(None) };
    if file.text.trim().is_empty() {
        return Err(files::empty(&file.name).into());
    }
    let text = page_text(&file)?;
    let lists = [text.users, text.groups, text.roles, text.policies];
    if lists.iter().all(Option::is_none) {
        let message = "the file has none of the lists of an export of IAM";
        let problem = Problem::at(&file.name, file.position(0), message);
        return Err(problem.with_help(EXPECTED).into());
    }
    let truncated = text.truncated;
    let mut gathered = Gathered::default();
    let lists = lists.map(|list| list.map(|raws| entries(&file, &raws, &mut gathered)));
    gathered.finish(())?;
    Ok(Some(Page { file, lists, truncated }))
}

fn entries(file: &SourceFile, raws: &[&RawValue], gathered: &mut Gathered) -> Vec<Entry> {
    raws.iter().filter_map(|raw| gathered.keep(entry(file, raw))).collect()
}

fn entry(file: &SourceFile, raw: &RawValue) -> Result<Entry, Problems> {
    // INVARIANT: a raw value borrows from the file's text, so the distance of the two is its place.
    let start = raw.get().as_ptr().addr() - file.text.as_ptr().addr();
    if !raw.get().starts_with('{') {
        let at = file.position(start);
        return Err(Problem::at(&file.name, at, "an entry of an export of IAM is a JSON object").into());
    }
    match serde_json::from_str::<Head>(raw.get()) {
        Ok(Head { arn, name }) => Ok(Entry { arn, name, span: start..start + raw.get().len() }),
        Err(error) => {
            let at = file.position(start + offset(raw.get(), &error));
            Err(Problem::at(&file.name, at, format!("not an entry of an export of IAM: {}", reason(&error))).into())
        }
    }
}

/// The lists of a page; one that is not JSON has its first syntax error, other JSON the place of a wrong shape
fn page_text(file: &SourceFile) -> Result<PageText<'_>, Problem> {
    let page = serde_json::from_str::<PageText<'_>>(&file.text);
    if page.as_ref().is_err_and(|error| !error.is_data()) {
        json::parse(file)?;
    }
    // serde would read an array as the members in their order.
    if !file.text.trim_start().starts_with('{') {
        let problem = Problem::at(&file.name, file.position(0), "an export of IAM is a JSON object");
        return Err(problem.with_help(EXPECTED));
    }
    page.map_err(|error| {
        let at = file.position(offset(&file.text, &error));
        Problem::at(&file.name, at, format!("not an export of IAM: {}", reason(&error))).with_help(EXPECTED)
    })
}

/// Where an error stands in the text, in bytes
///
/// `serde_json` names the byte read last, which for an object or array is the one before it.
fn offset(text: &str, error: &serde_json::Error) -> usize {
    let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
    let line: usize = lines.map(str::len).sum();
    let offset = (line + error.column().saturating_sub(1)).min(text.len());
    let offset = text.floor_char_boundary(offset);
    let rest = text.get(offset..).unwrap_or_default();
    offset + (rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n', ':', ',']).len())
}

/// `serde_json`'s words without its own place
fn reason(error: &serde_json::Error) -> String {
    error.to_string().split(" at line ").next().unwrap_or_default().to_owned()
}

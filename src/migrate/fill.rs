//! What stands at each place of the new request

mod origin;

use serde_json::Value;

use crate::catalog::{Dataset, Elements, Feature, MemberPath, NewMember, Occasion, Origin};
use crate::request::{Placeholder, Request, RequestSchema, Violation, ViolationKind};
use crate::source::{Problem, Problems, SourceFile, nearest};

use super::setting::{manifest_part, typed};
use super::skeleton::{Skeleton, Spot};
use super::{GivenManifest, OldRequest, Provenance};

/// The new request in the making
pub(super) struct Filler<'a> {
    pub(super) old: OldRequest<'a>,
    pub(super) cells: Vec<Cell<'a>>,
    pub(super) skeleton: Skeleton,
}

/// A place of the new request
pub(super) struct Cell<'a> {
    pub(super) member: &'a NewMember,
    path: &'a MemberPath,
    /// Of which manifest of the dataset it is, from 0
    number: usize,
    /// The name by which the user gives it
    pub(super) setting: Option<String>,
    pub(super) content: Content,
    pub(super) spot: Spot,
}

/// What stands at a place
pub(super) enum Content {
    /// A value
    Value(Value, Provenance),
    /// A placeholder, and why the old request does not say the value
    Open(Option<String>),
    /// Nothing, as the user wants it
    Removed,
    /// Nothing
    Nothing,
}

impl<'a> Filler<'a> {
    /// Fills each place by itself
    ///
    /// # Errors
    /// Settings that nothing asks for, that are given twice, and that are of another type.
    pub(super) fn new(old: &OldRequest<'a>, rules: &Value) -> Result<Self, Problems> {
        let mut filler = Self { old: *old, cells: Vec::new(), skeleton: Skeleton::new() };
        filler.cells = old.migration.members.iter().flat_map(|member| filler.cells_of(member)).collect();
        let mut problems = filler.unknown_settings();
        let mut contents = Vec::new();
        for cell in &filler.cells {
            match filler.content(cell, rules) {
                Ok(content) => contents.push(content),
                Err(problem) if problems.contains(&problem) => {}
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        filler.cells.iter_mut().zip(contents).for_each(|(cell, content)| cell.content = content);
        Ok(filler)
    }

    /// The places of a member: none when it is not written, several for several manifests
    fn cells_of(&self, member: &'a NewMember) -> Vec<Cell<'a>> {
        if member.when.as_ref().is_some_and(|when| !self.holds(when)) {
            return Vec::new();
        }
        let mut cells = Vec::new();
        for path in &member.to {
            let elements = path.steps().iter().find_map(|step| step.elements);
            let count = elements.map_or(1, |elements| self.count(elements));
            let name = member.setting(path);
            cells.extend((0..count).map(|number| {
                let numbered = |name: &String| if number == 0 { name.clone() } else { format!("{name}{}", number + 1) };
                let setting = name.as_ref().map(numbered);
                Cell { member, path, number, setting, content: Content::Nothing, spot: Spot::default() }
            }));
        }
        cells
    }

    /// How many list elements a dataset has: there always is a training dataset
    fn count(&self, Elements { dataset, each_manifest }: Elements) -> usize {
        let manifests = self.manifests(dataset).count();
        match dataset {
            _ if each_manifest && manifests > 0 => manifests,
            Dataset::Train => 1,
            Dataset::Test => usize::from(manifests > 0),
        }
    }

    pub(super) fn manifests(&self, dataset: Dataset) -> impl Iterator<Item = &'a GivenManifest> + use<'a> {
        self.old.manifests.iter().filter(move |manifest| manifest.dataset == dataset)
    }

    /// Whether the old request has what an occasion is about
    pub(super) fn holds(&self, occasion: &Occasion) -> bool {
        let summaries = || self.old.manifests.iter().filter_map(|manifest| manifest.summary.as_ref());
        let has = match &occasion.feature {
            Feature::Member(path) => self.old.request.is_present(path),
            Feature::TestDataset => self.manifests(Dataset::Test).next().is_some(),
            Feature::Masks => summaries().any(|summary| summary.masked > 0),
            Feature::Unmasked => summaries().any(|summary| summary.masked > 0 && summary.masked < summary.images),
            Feature::Several => {
                [Dataset::Train, Dataset::Test].into_iter().any(|dataset| self.manifests(dataset).nth(1).is_some())
            }
        };
        has != occasion.negated
    }

    fn given(&self, name: &str) -> Option<&'a str> {
        self.old.settings.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn unknown_settings(&self) -> Vec<Problem> {
        let mut known: Vec<&str> = Vec::new();
        for name in self.cells.iter().filter_map(|cell| cell.setting.as_deref()) {
            if !known.contains(&name) {
                known.push(name);
            }
        }
        let mut problems = Vec::new();
        let mut seen: Vec<&str> = Vec::new();
        for (name, _) in self.old.settings {
            if seen.contains(&name.as_str()) {
                problems.push(Problem::general(format!("`--set {name}` is given twice")));
            } else if !known.contains(&name.as_str()) {
                let help = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("it knows {}", known.join(", ")),
                };
                let message = format!("{} has nothing to set that is called `{name}`", self.old.migration.head.to);
                problems.push(Problem::general(message).with_help(help));
            }
            seen.push(name);
        }
        problems
    }

    fn content(&self, cell: &Cell<'a>, rules: &Value) -> Result<Content, Problem> {
        let setting = cell.setting.as_deref();
        if let Some((name, text)) = setting.and_then(|name| Some((name, self.given(name)?))) {
            if text.is_empty() {
                return Ok(Content::Removed);
            }
            let value = match cell.member.from {
                Some(Origin::Manifest(part)) => manifest_part(text, part),
                _ => typed(text, cell.path.in_schema(rules).unwrap_or(&Value::Null)),
            };
            let given = value.map(|value| Content::Value(value, Provenance::Given(name.to_owned())));
            return given.map_err(|why| Problem::general(format!("`{text}` does not fit `{name}`: {why}")));
        }
        if let Some(value) = &cell.member.value {
            return Ok(Content::Value(value.clone(), Provenance::Fixed));
        }
        let made = cell.member.from.as_ref().map(|origin| self.made(origin, cell.path, cell.number));
        let ask = cell.member.ask.as_ref().filter(|ask| !ask.optional);
        Ok(match (made, ask) {
            (Some(Ok((value, from))), _) => Content::Value(value, from),
            (Some(Err(why)), Some(_)) => Content::Open(why),
            (None, Some(_)) => Content::Open(None),
            (_, None) => Content::Nothing,
        })
    }

    /// Puts everything together; values of the old request that do not fit become placeholders
    ///
    /// # Errors
    /// What the user says and the new operation does not take.
    pub(super) fn fit(&mut self, schema: &RequestSchema) -> Result<(), Problems> {
        loop {
            self.build();
            let file = SourceFile::new("the new request", self.skeleton.value().to_string());
            let violations = schema.check(&Request::read(file)?);
            let problems: Vec<Problem> = violations.iter().filter_map(|violation| self.objection(violation)).collect();
            if !problems.is_empty() {
                return Err(Problems(problems));
            }
            let mut changed = false;
            for violation in violations {
                let own = |cell: &&mut Cell<'_>| cell.is_made() && cell.spot.holds(&violation.pointer);
                if let Some(cell) = self.cells.iter_mut().find(own) {
                    cell.content = Content::Open(Some(violation.message));
                    changed = true;
                }
            }
            if !changed {
                return Ok(());
            }
        }
    }

    fn build(&mut self) {
        self.skeleton = Skeleton::new();
        for cell in &mut self.cells {
            let value = match &cell.content {
                Content::Value(value, _) => value.clone(),
                Content::Open(_) => cell.placeholder(),
                Content::Removed | Content::Nothing => continue,
            };
            cell.spot = self.skeleton.put(cell.path, cell.number, value);
        }
        let absent = |cell: &&mut Cell<'_>| matches!(cell.content, Content::Removed | Content::Nothing);
        for cell in self.cells.iter_mut().filter(absent) {
            cell.spot = self.skeleton.spot(cell.path, cell.number).unwrap_or_default();
        }
    }

    /// What the user is to blame for
    fn objection(&self, violation: &Violation) -> Option<Problem> {
        let missing = violation.kind == ViolationKind::Missing;
        let blamed = self.cells.iter().find(|cell| match cell.content {
            Content::Value(_, Provenance::Given(_)) => cell.spot.holds(&violation.pointer),
            // What held nothing else is gone with it.
            Content::Removed => missing && Spot::at(&violation.pointer).holds(&cell.spot.pointer),
            _ => false,
        });
        let name = blamed?.setting.as_deref()?;
        let message = if missing && matches!(blamed?.content, Content::Removed) {
            format!("`{name}` cannot be left out: {}", violation.message)
        } else {
            format!("what is set as `{name}` does not fit: {}", violation.message)
        };
        Some(Problem { location: None, message, help: violation.help.clone() })
    }
}

impl Cell<'_> {
    /// Whether the value comes from the old request or its manifests
    fn is_made(&self) -> bool {
        matches!(&self.content, Content::Value(_, Provenance::Request(_) | Provenance::Manifests(_)))
    }

    /// The name of the value still to be said
    pub(super) fn name(&self) -> &str {
        self.setting.as_deref().unwrap_or_else(|| self.path.last())
    }

    /// The placeholder; the catalog keeps names without angle brackets
    fn placeholder(&self) -> Value {
        Placeholder::named(self.name()).map_or(Value::Null, |placeholder| Value::from(placeholder.to_string()))
    }
}

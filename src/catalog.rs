//! Operations as data: what each needs, from whom, on what, and which AWS page says so
//!
//! The catalog is about AWS and knows no account; [`need`](crate::need) applies it to one request.
//! Its files are embedded; a user's files replace them operation by operation.

pub mod assumption;
mod context;
mod generated;
mod grade;
pub mod lint;
mod manifest;
mod migration;
mod name;
mod names;
mod operation;
mod predicate;
mod read;
mod reference;
mod row;
mod template;
mod text;
mod via;

use std::collections::{BTreeMap, BTreeSet};

use crate::source::{Problem, Problems, SourceFile, nearest};

pub use assumption::{Assumption, Assumptions, OtherValues, Registry, ValueKind};
pub use context::{ContextEntry, Otherwise};
pub use grade::{Confidence, Phase, Source, Strength};
pub use manifest::ManifestFormat;
pub use migration::{
    Ask, Dataset, Elements, Feature, Loss, ManifestPart, MeaningChange, MemberPath, Migration, NewMember, Occasion,
    Origin, Step,
};
pub use name::{DEFAULT_KEY, Name};
pub use operation::{
    AnswerStatus, FactSource, Header, IdForm, Operation, Pass, Principal, Provenance, Service, State, Status, Trust,
    TrustAlso,
};
pub use predicate::{Atom, PredicateError, Subject, Test, When};
pub use reference::{ActionReference, Reference, nearest_listed};
pub use row::{Check, ForEach, ForEachError, Precondition, PredictedError, Row};
pub use template::{Environment, Part, Template, TemplateError};
pub use via::{Via, ViaAlternatives};

/// Names and texts of files in the catalog's folder
macro_rules! embedded {
    ($($name:literal,)*) => {
        &[$((concat!("policies/catalog/", $name), include_str!(concat!("../policies/catalog/", $name)))),*]
    };
}

/// The files that come with the program
const EMBEDDED: &[(&str, &str)] = embedded![
    "assumptions.toml",
    "bedrock.CreateModelCustomizationJob.schema.json",
    "bedrock.CreateModelCustomizationJob.toml",
    "bedrock.CreateModelInvocationJob.schema.json",
    "bedrock.CreateModelInvocationJob.toml",
    "comprehend.CreateDocumentClassifier.schema.json",
    "comprehend.CreateDocumentClassifier.toml",
    "comprehend.CreateEntityRecognizer.schema.json",
    "comprehend.CreateEntityRecognizer.toml",
    "lookoutvision.CreateDataset.schema.json",
    "lookoutvision.CreateDataset.toml",
    "lookoutvision.CreateModel.schema.json",
    "lookoutvision.CreateModel.to.rekognition.CreateProjectVersion.toml",
    "lookoutvision.CreateModel.to.sagemaker.CreateTrainingJob.toml",
    "lookoutvision.CreateModel.toml",
    "lookoutvision.StartModel.schema.json",
    "lookoutvision.StartModel.toml",
    "lookoutvision.StartModelPackagingJob.schema.json",
    "lookoutvision.StartModelPackagingJob.toml",
    "reference.toml",
    "rekognition.CreateDataset.schema.json",
    "rekognition.CreateDataset.toml",
    "rekognition.CreateProjectVersion.schema.json",
    "rekognition.CreateProjectVersion.toml",
    "sagemaker.CreateAutoMLJobV2.schema.json",
    "sagemaker.CreateAutoMLJobV2.toml",
    "sagemaker.CreateModel.schema.json",
    "sagemaker.CreateModel.toml",
    "sagemaker.CreateProcessingJob.schema.json",
    "sagemaker.CreateProcessingJob.toml",
    "sagemaker.CreateTrainingJob.schema.json",
    "sagemaker.CreateTrainingJob.toml",
    "sagemaker.CreateTransformJob.schema.json",
    "sagemaker.CreateTransformJob.toml",
];

/// All operations known, the open points they rest on, and what AWS says of their actions
#[derive(Debug, Clone, Default)]
pub struct Catalog {
    operations: BTreeMap<String, Operation>,
    schemas: BTreeMap<String, SourceFile>,
    migrations: BTreeMap<(String, String), Migration>,
    /// The open points
    pub assumptions: Registry,
    /// What AWS says of the actions
    pub reference: Reference,
}

impl Catalog {
    /// The catalog that comes with the program
    ///
    /// # Errors
    /// When an embedded file is unsound, which a test rules out.
    pub fn embedded() -> Result<Self, Problems> {
        Self::load(&[])
    }

    /// The embedded catalog with a user's files put over it
    ///
    /// A file replaces the operation, the migration, the assumptions, the actions or the request schema (`*.json`, by
    /// its file name) that it holds.
    ///
    /// # Errors
    /// Every problem of every file, with its place: what is not TOML, an unknown member or word, a name that
    /// stands for nothing, a row without source or reason.
    pub fn load(files: &[SourceFile]) -> Result<Self, Problems> {
        let mut catalog = Self::default();
        let mut problems = Vec::new();
        let embedded: Vec<SourceFile> = EMBEDDED.iter().map(|(name, text)| SourceFile::new(*name, *text)).collect();
        for file in embedded.iter().chain(files) {
            match read::part(file) {
                Ok(part) => catalog.put(part),
                Err(found) => problems.extend(found.0),
            }
        }
        catalog.know_successors();
        for operation in catalog.operations.values() {
            problems.extend(names::check(operation, &catalog.assumptions));
        }
        for migration in catalog.migrations.values() {
            problems.extend(migration::check(migration, &catalog));
        }
        problems.extend(catalog.assumptions.iter().filter_map(|(name, _)| catalog.bad_default(name)));
        if problems.is_empty() { Ok(catalog) } else { Err(Problems(problems)) }
    }

    fn put(&mut self, part: read::Part) {
        match part {
            read::Part::Operation(operation) => {
                self.operations.insert(operation.name().to_owned(), *operation);
            }
            read::Part::Migration(way) => {
                let Migration { head, .. } = way.as_ref();
                self.migrations.insert((head.from.as_str().to_owned(), head.to.as_str().to_owned()), *way);
            }
            read::Part::Assumptions(assumptions) => self.assumptions.0.extend(assumptions),
            read::Part::Reference(actions) => self.reference.0.extend(actions),
            read::Part::Schema(file) => {
                let name = file.name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned();
                self.schemas.insert(name, file);
            }
        }
    }

    /// Adds the generated base of an operation that no file describes; nothing where a file does
    ///
    /// # Errors
    /// An operation that neither the catalog nor an API model has, with the nearest one; a base that is unsound, which a
    /// test rules out.
    pub fn add_generated(&mut self, name: &str) -> Result<(), Problems> {
        if self.named(name).is_ok() {
            return Ok(());
        }
        let files = match generated::files(name) {
            Ok(files) => files,
            // The files may have an operation that is called much like it.
            Err(generated::Unknown::Service(problem)) => {
                let near = nearest(name, self.operations.keys().map(String::as_str));
                let help = near.map(|near| format!("did you mean `{near}`?")).or(problem.help);
                return Err(Problem { help, ..problem }.into());
            }
            Err(generated::Unknown::Operation(problem)) => return Err(problem.into()),
        };
        for file in [&files.schema, &files.operation] {
            let part = read::part(file)?;
            if let read::Part::Operation(operation) = &part {
                // Another spelling may name what a file describes.
                if self.operation(operation.name()).is_ok() {
                    return Ok(());
                }
                let problems = names::check(operation, &self.assumptions);
                if !problems.is_empty() {
                    return Err(Problems(problems));
                }
            }
            self.put(part);
        }
        Ok(())
    }

    /// The names of all operations that have a file or can be generated, in order, none twice
    #[must_use]
    pub fn all_names(&self) -> BTreeSet<String> {
        self.operations.keys().cloned().chain(generated::names()).collect()
    }

    fn bad_default(&self, name: &str) -> Option<Problem> {
        let default = &self.assumptions.assumption(name)?.default;
        let (message, help) = self.assumptions.objection(name, Some(default))?;
        Some(Problem::general(format!("the default does not fit: {message}")).with_help(help))
    }

    /// The operation of a name such as `lookoutvision:CreateModel`; case does not matter
    ///
    /// # Errors
    /// An operation that the catalog does not know, with the nearest one.
    pub fn operation(&self, name: &str) -> Result<&Operation, Problem> {
        let found = self.operations.values().find(|operation| operation.name().eq_ignore_ascii_case(name));
        found.ok_or_else(|| {
            let known = self.operations.keys().map(String::as_str);
            let help = match nearest(name, known.clone()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the catalog knows {}", known.collect::<Vec<_>>().join(", ")),
            };
            Problem::general(format!("there is no operation `{name}` in the catalog")).with_help(help)
        })
    }

    /// The operation that a name means, also by the name of its service in the API models
    ///
    /// # Errors
    /// As [`operation`](Self::operation).
    pub fn named(&self, name: &str) -> Result<&Operation, Problem> {
        // The API models are read only for a name that no file has.
        self.operation(name).or_else(|unknown| match generated::canonical(name) {
            Some(other) => self.operation(&other),
            None => Err(unknown),
        })
    }

    /// All operations, in the order of their names
    pub fn operations(&self) -> impl Iterator<Item = &Operation> {
        self.operations.values()
    }

    /// The JSON Schema of an operation's request
    #[must_use]
    pub fn schema(&self, operation: &Operation) -> Option<&SourceFile> {
        self.schemas.get(&operation.header.schema)
    }
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod folder {
    use super::*;

    #[test]
    fn every_file_of_the_folder_is_embedded() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("policies/catalog");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| format!("policies/catalog/{}", entry.unwrap().file_name().to_str().unwrap()))
            .collect();
        files.sort();
        let mut embedded: Vec<String> = EMBEDDED.iter().map(|(name, _)| (*name).to_owned()).collect();
        embedded.sort();
        assert_eq!(files, embedded);
    }
}

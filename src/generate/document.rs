//! Generated documents: where they belong, their text, their size

use std::sync::Arc;

use serde_json::{Value, json};

use crate::policy::{Document, PolicyType, parse};
use crate::source::{Problems, SourceFile};

use super::rewrite;
use super::statement::Statement;

/// What a document is attached to
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// The principal; of several policies the number from 1
    Identity(usize),
    /// A bucket, by name
    Bucket(String),
    /// A key, by ARN
    Key(String),
}

impl Place {
    /// A name for files and reports: `identity`, `bucket-NAME`, `key-ID`
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Identity(1) => "identity".to_owned(),
            Self::Identity(number) => format!("identity-{number}"),
            Self::Bucket(bucket) => format!("bucket-{bucket}"),
            Self::Key(arn) => format!("key-{}", arn.rsplit('/').next().unwrap_or_default()),
        }
    }

    /// The layer in the word of the contract's `--layer`
    #[must_use]
    pub fn layer(&self) -> &'static str {
        match self {
            Self::Identity(_) => "identity",
            Self::Bucket(_) => "bucket",
            Self::Key(_) => "key",
        }
    }

    /// What kind of policy stands there
    #[must_use]
    pub fn policy_type(&self) -> PolicyType {
        match self {
            Self::Identity(_) => PolicyType::Identity,
            Self::Bucket(_) => PolicyType::Resource,
            Self::Key(_) => PolicyType::Key,
        }
    }
}

/// One generated document
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generated {
    /// Where it belongs
    pub place: Place,
    /// Its statements, at least one
    pub statements: Vec<Statement>,
}

impl Generated {
    /// The document
    #[must_use]
    pub fn json(&self) -> Value {
        let statements: Vec<Value> = self.statements.iter().map(Statement::json).collect();
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    /// An existing document with everything in it and these statements
    #[must_use]
    pub fn added_to(&self, existing: &Document) -> Value {
        let statements: Vec<Value> = self.statements.iter().map(Statement::json).collect();
        rewrite::extended(Some(existing), &statements)
    }

    /// Its size as AWS counts it: characters without the white space between them
    ///
    /// White space inside of texts is counted; AWS counts none, so the true size is this or less.
    #[must_use]
    pub fn size(&self) -> usize {
        characters(&self.json())
    }

    /// The document as the engine reads it
    ///
    /// # Errors
    /// When the policy parser refuses it, which would be a defect.
    pub fn parsed(&self) -> Result<Arc<Document>, Problems> {
        let name = self.place.name();
        let file = SourceFile::new(format!("{name}.json"), format!("{:#}", self.json()));
        parse::parse(&file, &name, self.place.policy_type()).map(Arc::new)
    }
}

/// The characters of a value without white space between its parts
#[must_use]
pub fn characters(value: &Value) -> usize {
    value.to_string().chars().count()
}

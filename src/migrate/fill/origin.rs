//! What members of the new request are made of

use serde_json::{Map, Value};

use crate::catalog::{Dataset, ManifestPart, MemberPath, Origin};

use super::super::setting::manifest_part;
use super::super::{GivenManifest, Provenance};
use super::Filler;

/// A value with where it comes from; or why there is none, where that is worth a word
type Made = Result<(Value, Provenance), Option<String>>;

/// The attribute that holds the image
const IMAGE: &str = "source-ref";

impl Filler<'_> {
    pub(super) fn made(&self, origin: &Origin, path: &MemberPath, number: usize) -> Made {
        match origin {
            Origin::Member(member) => self.member(member),
            Origin::S3Uri { bucket, prefix } => self.s3_uri(bucket, prefix.as_deref()),
            Origin::TagMap(member) => self.tag_map(member),
            Origin::Manifest(part) => {
                let each = path.steps().iter().any(|step| step.elements.is_some_and(|elements| elements.each_manifest));
                self.manifest(path.dataset(), *part, each.then_some(number))
            }
            Origin::Attributes(dataset) => self.attributes(*dataset).map(|(names, from)| (Value::from(names), from)),
            Origin::AttributesText(dataset) => {
                self.attributes(*dataset).map(|(names, from)| (Value::from(names.join(",")), from))
            }
            Origin::Masks { with, without } => {
                let read = read(self.old.manifests.iter().collect())?;
                let masked = read.iter().any(|manifest| manifest.summary.as_ref().is_some_and(|read| read.masked > 0));
                Ok((Value::from(if masked { with.as_str() } else { without.as_str() }), named(&read)))
            }
        }
    }

    fn member(&self, path: &str) -> Made {
        let value = self.old.request.lookup(path).into_iter().next().filter(|_| self.old.request.is_present(path));
        value.map(|node| (node.to_plain(), Provenance::Request(vec![path.to_owned()]))).ok_or(None)
    }

    fn s3_uri(&self, bucket: &str, prefix: Option<&str>) -> Made {
        let request = self.old.request;
        let name = request.text(bucket).filter(|name| !name.is_empty()).ok_or(None)?;
        let folder = prefix.and_then(|path| Some((path, request.text(path).filter(|folder| !folder.is_empty())?)));
        let mut paths = vec![bucket.to_owned()];
        let mut uri = format!("s3://{name}");
        if let Some((path, folder)) = folder {
            paths.push(path.to_owned());
            uri = format!("{uri}/{folder}");
        }
        Ok((Value::from(uri), Provenance::Request(paths)))
    }

    fn tag_map(&self, path: &str) -> Made {
        let tags: Map<String, Value> =
            self.old.request.tags(path).into_iter().map(|(key, value)| (key, Value::from(value))).collect();
        if tags.is_empty() { Err(None) } else { Ok((Value::Object(tags), Provenance::Request(vec![path.to_owned()]))) }
    }

    /// The place of a manifest: of the one with a number, else of the only one of its dataset
    fn manifest(&self, dataset: Option<Dataset>, part: ManifestPart, number: Option<usize>) -> Made {
        let all: Vec<&GivenManifest> = dataset.into_iter().flat_map(|dataset| self.manifests(dataset)).collect();
        let manifest = match (number, all.as_slice()) {
            (Some(number), all) => all.get(number).copied(),
            (None, [only]) => Some(*only),
            (None, []) => None,
            (None, several) => return Err(Some(format!("there are {} manifests, and room for one", several.len()))),
        };
        let Some(manifest) = manifest else { return Err(Some("no manifest is given".to_owned())) };
        if !manifest.name.starts_with("s3://") {
            return Err(Some(format!("`{}` is a local file", manifest.name)));
        }
        let part = manifest_part(&manifest.name, part).map_err(Some)?;
        Ok((part, Provenance::Manifests(vec![manifest.name.clone()])))
    }

    /// The names of image, label and mask of a dataset's lines, label and mask after their metadata as AWS's sample has
    /// them; a test dataset that is not given is split from the training dataset
    fn attributes(&self, dataset: Dataset) -> Result<(Vec<String>, Provenance), Option<String>> {
        let own: Vec<&GivenManifest> = self.manifests(dataset).collect();
        let given = if own.is_empty() { self.manifests(Dataset::Train).collect() } else { own };
        let read = read(given)?;
        let summaries = || read.iter().filter_map(|manifest| manifest.summary.as_ref());
        let label = only("label", summaries().flat_map(|summary| summary.labels.keys()))?;
        let label = label.ok_or_else(|| Some("no line has a label".to_owned()))?;
        let mask = only("mask", summaries().flat_map(|summary| summary.mask_attributes.keys()))?;
        let mut names = vec![IMAGE.to_owned()];
        for attribute in std::iter::once(label).chain(mask) {
            names.extend([format!("{attribute}-metadata"), attribute.clone()]);
        }
        Ok((names, named(&read)))
    }
}

/// Manifests that could be read, all of them
fn read(given: Vec<&GivenManifest>) -> Result<Vec<&GivenManifest>, Option<String>> {
    let is_read = |manifest: &GivenManifest| manifest.summary.as_ref().is_some_and(|summary| summary.lines > 0);
    if let Some(unread) = given.iter().find(|manifest| !is_read(manifest)) {
        return Err(Some(format!("no line of `{}` could be read", unread.name)));
    }
    if given.is_empty() { Err(Some("no manifest is given".to_owned())) } else { Ok(given) }
}

fn named(manifests: &[&GivenManifest]) -> Provenance {
    Provenance::Manifests(manifests.iter().map(|manifest| manifest.name.clone()).collect())
}

/// The only name among these, if any
fn only<'n>(what: &str, names: impl Iterator<Item = &'n String>) -> Result<Option<&'n String>, Option<String>> {
    let mut found: Vec<&String> = names.collect();
    found.sort_unstable();
    found.dedup();
    match found.as_slice() {
        [] => Ok(None),
        [one] => Ok(Some(one)),
        several => {
            let listed: Vec<&str> = several.iter().map(|name| name.as_str()).collect();
            Err(Some(format!("the lines have several {what} attributes: {}", listed.join(", "))))
        }
    }
}

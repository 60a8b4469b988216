//! A dataset's limits: how many images, how many labels, how large, in how many buckets

use std::sync::Arc;

use serde::Deserialize;

use super::manifest::{DatasetRole, ManifestSummary};
use super::words::{counted, shown, thousands};
use crate::source::{Location, Position};

/// What a service accepts of a project's datasets, as the catalog states it
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatasetQuotas {
    /// Images of a training dataset
    pub train_images: u64,
    /// Images of a test dataset
    pub test_images: u64,
    /// Images of a training dataset with segmentation masks
    pub train_segmentation_images: u64,
    /// Images of a test dataset with segmentation masks
    pub test_segmentation_images: u64,
    /// Size of a manifest
    pub manifest_bytes: u64,
    /// Whether all images of a dataset must be in one bucket
    pub one_bucket: bool,
    /// The labels that the only dataset of a project needs
    pub single: LabelMinimum,
    /// The labels that a training dataset needs beside a test dataset
    pub train: LabelMinimum,
    /// The labels that a test dataset needs
    pub test: LabelMinimum,
}

/// How many labelled images a dataset needs at least
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LabelMinimum {
    /// Images labelled `normal`
    pub normal: u64,
    /// Images labelled `anomaly`
    pub anomaly: u64,
}

impl DatasetQuotas {
    /// The limits of Amazon Lookout for Vision (developer guide, "Limits in Amazon Lookout for Vision")
    ///
    /// The guide says "1 GB" of a manifest; the larger reading, 2^30 bytes, is taken.
    pub const LOOKOUT_FOR_VISION: Self = Self {
        train_images: 16_000,
        test_images: 4_000,
        train_segmentation_images: 8_000,
        test_segmentation_images: 800,
        manifest_bytes: 1 << 30,
        one_bucket: true,
        single: LabelMinimum { normal: 20, anomaly: 10 },
        train: LabelMinimum { normal: 10, anomaly: 0 },
        test: LabelMinimum { normal: 10, anomaly: 10 },
    };

    fn most_images(&self, role: DatasetRole, segmentation: bool) -> u64 {
        match (role, segmentation) {
            (DatasetRole::Train, false) => self.train_images,
            (DatasetRole::Train, true) => self.train_segmentation_images,
            (DatasetRole::Test, false) => self.test_images,
            (DatasetRole::Test, true) => self.test_segmentation_images,
        }
    }
}

/// Which limit a dataset misses
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuotaKind {
    /// A manifest is too large
    ManifestSize,
    /// A dataset has too many images
    TooManyImages,
    /// A dataset has too few images labelled `normal`
    TooFewNormal,
    /// A dataset has too few images labelled `anomaly`
    TooFewAnomalies,
    /// The images of a dataset are in several buckets
    SeveralBuckets,
}

/// A limit that a dataset misses
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaFinding {
    /// Which limit
    pub kind: QuotaKind,
    /// The limit
    pub limit: u64,
    /// What was found instead
    pub found: u64,
    /// False where lines that could not be read might make up for it
    pub certain: bool,
    /// The dataset with its manifests, what was found and what the service accepts
    pub message: String,
    /// What to do about it
    pub help: String,
    /// The manifest, the first one of a dataset that has several
    pub location: Location,
}

/// Holds the manifests of a project against the limits, in the order size, images, labels, buckets of
/// the training and then of the test dataset
///
/// Manifests of one role together are one dataset. Without a test manifest the project counts as one
/// with a single dataset; a dataset without manifest is not judged.
#[must_use]
pub fn check(manifests: &[ManifestSummary], quotas: &DatasetQuotas) -> Vec<QuotaFinding> {
    let of = |role| manifests.iter().filter(|manifest| manifest.role == role).collect::<Vec<_>>();
    let (train, test) = (of(DatasetRole::Train), of(DatasetRole::Test));
    let single = test.is_empty();
    let mut findings = Vec::new();
    for (role, manifests) in [(DatasetRole::Train, train), (DatasetRole::Test, test)] {
        let Some(first) = manifests.first() else { continue };
        findings.extend(manifests.iter().filter_map(|manifest| size(manifest, quotas)));
        let place = start_of(first);
        let dataset = Dataset { role, single, place, manifests };
        findings.extend(dataset.images(quotas));
        findings.extend(dataset.labels(quotas));
        findings.extend(dataset.buckets(quotas));
    }
    findings
}

fn start_of(manifest: &ManifestSummary) -> Location {
    Location { file: Arc::clone(&manifest.name), at: Position::START }
}

fn size(manifest: &ManifestSummary, quotas: &DatasetQuotas) -> Option<QuotaFinding> {
    let (found, limit) = (manifest.bytes, quotas.manifest_bytes);
    (found > limit).then(|| QuotaFinding {
        kind: QuotaKind::ManifestSize,
        limit,
        found,
        certain: true,
        message: format!(
            "the manifest `{}` has {}, the service accepts {}",
            manifest.name,
            counted(found, "byte"),
            thousands(limit)
        ),
        help: "import a smaller manifest and add the other images to the dataset afterwards".to_owned(),
        location: start_of(manifest),
    })
}

/// All manifests of one role
struct Dataset<'m> {
    role: DatasetRole,
    /// Whether it is the project's only dataset
    single: bool,
    place: Location,
    manifests: Vec<&'m ManifestSummary>,
}

impl Dataset<'_> {
    fn sum(&self, count: impl Fn(&ManifestSummary) -> u64) -> u64 {
        self.manifests.iter().fold(0, |sum, manifest| sum.saturating_add(count(manifest)))
    }

    /// `the training dataset (a.jsonl, b.jsonl)`
    fn title(&self) -> String {
        let names: Vec<String> = self.manifests.iter().map(|manifest| format!("`{}`", manifest.name)).collect();
        format!("the {} dataset ({})", self.role, names.join(", "))
    }

    fn images(&self, quotas: &DatasetQuotas) -> Option<QuotaFinding> {
        let segmentation = self.manifests.iter().any(|manifest| manifest.segmentation);
        let limit = quotas.most_images(self.role, segmentation);
        let found = self.sum(|manifest| manifest.images);
        let masks = if segmentation { " with segmentation masks" } else { "" };
        (found > limit).then(|| QuotaFinding {
            kind: QuotaKind::TooManyImages,
            limit,
            found,
            certain: true,
            message: format!(
                "{} has {}{masks}, the service accepts {}",
                self.title(),
                counted(found, "image"),
                thousands(limit)
            ),
            help: "leave images out of the manifest".to_owned(),
            location: self.place.clone(),
        })
    }

    fn labels(&self, quotas: &DatasetQuotas) -> impl Iterator<Item = QuotaFinding> {
        let least = match (self.role, self.single) {
            (DatasetRole::Train, true) => quotas.single,
            (DatasetRole::Train, false) => quotas.train,
            (DatasetRole::Test, _) => quotas.test,
        };
        let normal = (QuotaKind::TooFewNormal, "normal", self.sum(|manifest| manifest.normal), least.normal);
        let anomaly = (QuotaKind::TooFewAnomalies, "anomaly", self.sum(|manifest| manifest.anomaly), least.anomaly);
        [normal, anomaly].into_iter().filter_map(|(kind, label, found, limit)| {
            let unread = self.sum(|manifest| manifest.problem_count);
            (found < limit).then(|| QuotaFinding {
                kind,
                limit,
                found,
                certain: found.saturating_add(unread) < limit,
                message: self.too_few(label, found, limit),
                help: self.more(label, unread),
                location: self.place.clone(),
            })
        })
    }

    fn too_few(&self, label: &str, found: u64, limit: u64) -> String {
        let found = counted(found, "image");
        let only = if self.single { " in the only dataset of a project" } else { "" };
        format!("{} has {found} labelled `{label}`, the service needs {}{only}", self.title(), thousands(limit))
    }

    fn more(&self, label: &str, unread: u64) -> String {
        let mut help = format!("add images labelled `{label}`");
        if self.single {
            help.push_str(", or give the test dataset's manifest if the project has one");
        }
        if unread > 0 {
            help.push_str("; repair the ");
            help.push_str(&counted(unread, "line"));
            help.push_str(" that could not be read");
        }
        help
    }

    fn buckets(&self, quotas: &DatasetQuotas) -> Option<QuotaFinding> {
        let mut buckets: Vec<&str> =
            self.manifests.iter().flat_map(|manifest| manifest.buckets.keys()).map(String::as_str).collect();
        buckets.sort_unstable();
        buckets.dedup();
        let named: Vec<String> = buckets.iter().take(3).map(|bucket| shown(bucket)).collect();
        let more = if buckets.len() > named.len() { ", …" } else { "" };
        let found = u64::try_from(buckets.len()).unwrap_or(u64::MAX);
        (quotas.one_bucket && found > 1).then(|| QuotaFinding {
            kind: QuotaKind::SeveralBuckets,
            limit: 1,
            found,
            certain: true,
            message: format!(
                "{} refers to objects in {} buckets ({}{more}), the service accepts one",
                self.title(),
                thousands(found),
                named.join(", ")
            ),
            help: "copy all images and masks of the dataset into one bucket; the manifest may be elsewhere".to_owned(),
            location: self.place.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::manifest;
    use super::*;

    const QUOTAS: &DatasetQuotas = &DatasetQuotas::LOOKOUT_FOR_VISION;

    fn summary(name: &str, role: DatasetRole, normal: u64, anomaly: u64) -> ManifestSummary {
        let mut summary = manifest::read(&b""[..], &Arc::from(name), role, &mut |_| {}).unwrap();
        (summary.normal, summary.anomaly, summary.images) = (normal, anomaly, normal + anomaly);
        summary
    }

    fn train(normal: u64, anomaly: u64) -> ManifestSummary {
        summary("train.jsonl", DatasetRole::Train, normal, anomaly)
    }

    fn test(normal: u64, anomaly: u64) -> ManifestSummary {
        summary("test.jsonl", DatasetRole::Test, normal, anomaly)
    }

    fn segmented(mut summary: ManifestSummary) -> ManifestSummary {
        summary.segmentation = true;
        summary
    }

    #[test]
    fn limits_bite_only_beyond_their_number() {
        use QuotaKind::{TooFewAnomalies, TooFewNormal, TooManyImages};
        for (manifests, expected) in [
            (vec![train(20, 10)], vec![]),
            (vec![train(19, 9)], vec![(TooFewNormal, 20, 19), (TooFewAnomalies, 10, 9)]),
            (vec![train(10, 0), test(10, 10)], vec![]),
            (vec![train(9, 0), test(10, 10)], vec![(TooFewNormal, 10, 9)]),
            (vec![train(10, 0), test(9, 9)], vec![(TooFewNormal, 10, 9), (TooFewAnomalies, 10, 9)]),
            (vec![train(8_000, 8_000)], vec![]),
            (vec![train(8_000, 8_001)], vec![(TooManyImages, 16_000, 16_001)]),
            (vec![train(8_000, 8_000), train(1, 0)], vec![(TooManyImages, 16_000, 16_001)]),
            (vec![segmented(train(4_000, 4_000))], vec![]),
            (vec![segmented(train(4_000, 4_001))], vec![(TooManyImages, 8_000, 8_001)]),
            (vec![train(10, 0), test(2_000, 2_000)], vec![]),
            (vec![train(10, 0), test(2_000, 2_001)], vec![(TooManyImages, 4_000, 4_001)]),
            (vec![train(10, 0), segmented(test(400, 401))], vec![(TooManyImages, 800, 801)]),
            (vec![test(10, 10)], vec![]),
            (vec![], vec![]),
        ] {
            let found: Vec<_> = check(&manifests, QUOTAS).iter().map(|f| (f.kind, f.limit, f.found)).collect();
            assert_eq!(found, expected, "{manifests:?}");
        }
    }

    #[test]
    fn findings_name_the_manifest_the_number_and_the_limit() {
        let mut crowded = train(20_000, 0);
        crowded.bytes = (1 << 30) + 1;
        crowded.buckets = ["d", "c", "b", "a"].map(|bucket| (format!("bucket-{bucket}"), 1)).into();
        let mut second = train(0, 5);
        second.name = Arc::from("more.jsonl");
        let found: Vec<_> =
            check(&[crowded, second], QUOTAS).into_iter().map(|f| format!("{}: {}", f.location, f.message)).collect();
        assert_eq!(
            found,
            [
                "train.jsonl:1:1: the manifest `train.jsonl` has 1,073,741,825 bytes, the service accepts 1,073,741,824",
                "train.jsonl:1:1: the training dataset (`train.jsonl`, `more.jsonl`) has 20,005 images, the service accepts 16,000",
                "train.jsonl:1:1: the training dataset (`train.jsonl`, `more.jsonl`) has 5 images labelled `anomaly`, the service needs 10 in the only dataset of a project",
                "train.jsonl:1:1: the training dataset (`train.jsonl`, `more.jsonl`) refers to objects in 4 buckets (`bucket-a`, `bucket-b`, `bucket-c`, …), the service accepts one",
            ]
        );
    }

    #[test]
    fn lines_that_could_not_be_read_make_a_shortage_uncertain() {
        for (unread, certain) in [(0, true), (4, true), (5, false)] {
            let mut manifest = train(15, 10);
            manifest.problem_count = unread;
            let findings = check(&[manifest], QUOTAS);
            assert_eq!(findings.len(), 1);
            assert_eq!((findings[0].kind, findings[0].certain), (QuotaKind::TooFewNormal, certain), "{unread}");
            assert_eq!(findings[0].help.contains("could not be read"), unread > 0);
        }
    }

    #[test]
    fn several_buckets_are_accepted_where_the_service_accepts_them() {
        let mut manifest = train(20, 10);
        manifest.buckets = [("one".to_owned(), 1), ("two".to_owned(), 29)].into();
        assert_eq!(check(&[manifest.clone()], QUOTAS).len(), 1);
        assert_eq!(check(&[manifest], &DatasetQuotas { one_bucket: false, ..QUOTAS.clone() }), []);
    }

    #[test]
    fn quotas_are_read_from_toml_and_nothing_else_is_accepted() {
        let text = "train_images = 16_000\ntest_images = 4_000\ntrain_segmentation_images = 8_000\n\
                    test_segmentation_images = 800\nmanifest_bytes = 1_073_741_824\none_bucket = true\n\
                    single = { normal = 20, anomaly = 10 }\ntrain = { normal = 10, anomaly = 0 }\n\
                    test = { normal = 10, anomaly = 10 }\n";
        assert_eq!(&toml::from_str::<DatasetQuotas>(text).unwrap(), QUOTAS);
        assert!(toml::from_str::<DatasetQuotas>(&format!("{text}images = 1\n")).is_err());
        assert!(toml::from_str::<DatasetQuotas>(&text.replace("normal", "Normal")).is_err());
    }
}

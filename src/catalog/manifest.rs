//! What the manifests of an operation may be

use serde::Deserialize;

/// How a manifest names objects
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifestFormat {
    /// JSON Lines in the Ground Truth format
    Lines,
    /// A JSON array of a prefix and the names below it
    List,
}

pub(super) fn json_lines() -> Vec<ManifestFormat> {
    vec![ManifestFormat::Lines]
}

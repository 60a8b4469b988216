//! Layers on which somebody else has judged: what they said takes the place of the policies

use super::layers::CallerSide;
use super::reasons::{Reason, Role};
use super::truth::Truth;
use super::verdict::{Layer, StatementRef};

/// What somebody else said of one layer for one call
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Whether a statement of the layer denies
    pub denies: Truth,
    /// Whether the layer allows
    pub allows: Truth,
    /// The statements that were named as deciding
    pub statements: Vec<StatementRef>,
}

/// The caller's layers on which somebody else has judged; of the others the policies are judged
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ToldLayers {
    /// Service control policies
    pub scp: Option<Told>,
    /// The permissions boundary
    pub boundary: Option<Told>,
    /// Identity policies
    pub identity: Option<Told>,
}

impl ToldLayers {
    /// What was said of a layer
    #[must_use]
    pub fn of(&self, layer: Layer) -> Option<&Told> {
        match layer {
            Layer::Scp => self.scp.as_ref(),
            Layer::Boundary => self.boundary.as_ref(),
            Layer::Identity => self.identity.as_ref(),
            _ => None,
        }
    }

    fn iter(&self) -> impl Iterator<Item = (Layer, &Told)> {
        [Layer::Scp, Layer::Boundary, Layer::Identity].into_iter().filter_map(|layer| Some((layer, self.of(layer)?)))
    }

    /// The layers that were said to deny, by their statements where these were named
    pub(super) fn denials(&self) -> impl Iterator<Item = Reason> {
        self.iter()
            .filter(|(_, told)| told.denies.is_true())
            .flat_map(|(layer, told)| told.reasons(layer, Role::Denies))
    }

    /// The statements that were said to allow; identity policies also where none was named
    pub(super) fn allowances(&self) -> impl Iterator<Item = Reason> {
        let allowing = self.iter().filter(|(_, told)| told.allows.is_true() && !told.denies.is_possible());
        let allowing = allowing.filter(|(layer, told)| *layer == Layer::Identity || !told.statements.is_empty());
        allowing.flat_map(|(layer, told)| told.reasons(layer, Role::Allows))
    }
}

impl Told {
    /// A layer of which somebody said whether it allows, without any statement
    #[must_use]
    pub fn plain(allows: bool) -> Self {
        Self { denies: Truth::False, allows: allows.into(), statements: Vec::new() }
    }

    fn reasons(&self, layer: Layer, role: Role) -> Vec<Reason> {
        let whole = StatementRef { layer, policy: None, sid: None, index: None, location: None };
        let parts = if self.statements.is_empty() { vec![whole] } else { self.statements.clone() };
        parts.into_iter().map(|part| Reason { part, role }).collect()
    }
}

impl CallerSide {
    /// The same side, with these layers judged by somebody else
    #[must_use]
    pub fn with_told(&self, told: ToldLayers) -> Self {
        Self { told, ..self.clone() }
    }
}

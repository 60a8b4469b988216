//! Facts about the organization

use std::sync::Arc;

use crate::iam::AccountId;
use crate::policy::Document;

use super::MissingFact;

/// The organization that the account is in
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organization {
    /// `o-…`
    pub id: Option<String>,
    /// The management account, to which no SCP and no RCP applies (rules E289, E299)
    pub management_account: Option<AccountId>,
    /// Organization paths of the account (`o-…/r-…/ou-…/`)
    pub paths: Vec<String>,
}

/// The policies on one level of the organization: the root, an organizational unit or the account
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Level {
    /// The folder name, such as `01-root`
    pub name: String,
    /// The policies attached there
    pub policies: Vec<Arc<Document>>,
    /// Policies of this level that are not known
    pub unread: Option<MissingFact>,
}

impl Organization {
    /// How many levels policies can be attached to on the way to the account: the root, each unit, the account
    #[must_use]
    pub fn depth(&self) -> Option<usize> {
        let path = self.paths.first()?;
        // `o-…/r-…/ou-…/`: the account takes the place of the organization's id.
        Some(path.split('/').filter(|segment| !segment.is_empty()).count())
    }
}

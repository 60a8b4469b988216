//! Facts about the organization

use std::sync::Arc;

use crate::iam::AccountId;
use crate::policy::Document;

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
}

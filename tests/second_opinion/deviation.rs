//! Where the engine is known to read a rule differently, one case each in `tests/data/engine-cases.json`

/// A way to differ; the second opinion can take the engine's side to excuse exactly that
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deviation {
    /// A multivalued key with one value can be a variable (against E223)
    MultivaluedVariables,
    /// Web identity callers carry `aws:PrincipalIsAWSService` (against E115 with E310)
    ProvidersAreSigned,
    /// `NotPrincipal` exempts a federated user without the IAM user behind it (E43)
    FederatedWithoutUser,
    /// Services count as another account for operations on keys (against E285, see E323)
    ServicesAreForeign,
    /// The boundary of the IAM user does not count for `NotPrincipal` and its federated session (E44, see E246)
    FederatedWithoutBoundary,
    /// `IfExists` without set operator takes an empty list for an absent key (against E105, E178)
    EmptyIsAbsent,
    /// RCPs bind services that assume a service-linked role (against E300)
    LinkedRolesAreBound,
    /// A `ForAllValues` condition makes a bucket policy less than public (against E184 with E334)
    ForAllValuesNarrows,
}

/// The cases that the engine still decides differently; the first ones also come up among random cases
pub(crate) const KNOWN: &[(&str, Option<Deviation>)] = &[];

/// All known ways to differ at once
pub(crate) fn known() -> Vec<Deviation> {
    KNOWN.iter().filter_map(|(_, deviation)| *deviation).collect()
}

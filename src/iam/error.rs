//! What can be wrong with a word of the vocabulary

/// A text is not what it should be
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VocabularyError {
    /// Not an ARN of six colon-separated parts
    #[error("`{0}` is not an ARN: expected `arn:partition:service:region:account:resource`")]
    Arn(String),
    /// Not twelve digits
    #[error("`{0}` is not an account id: expected 12 digits")]
    AccountId(String),
    /// Not a Region name
    #[error("`{0}` is not a Region name: expected a form like `us-east-1`")]
    Region(String),
    /// Not a partition name
    #[error("`{0}` is not a partition: expected a form like `aws`, `aws-cn`, `aws-us-gov`")]
    Partition(String),
    /// Not `service:Name`
    #[error("`{0}` is not an action: expected `service:Name`")]
    Action(String),
    /// Not a principal that IAM knows
    #[error(
        "`{0}` is not a principal: expected the ARN of a user, role, role session, federated user, identity provider or root user, a service principal such as `ec2.amazonaws.com`, or `anonymous`"
    )]
    Principal(String),
    /// Not a condition key
    #[error("`{0}` is not a condition key: expected `prefix:Name`")]
    ContextKey(String),
}

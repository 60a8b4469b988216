//! Live mode in a binary that was built without the feature `aws`

use std::marker::PhantomData;

use crate::source::{Location, Problem};

use super::Failure;
use super::args::{CheckArgs, GenerateArgs, WhatIfArgs};
use super::preflight::{Keep, Planned, Prepared};

/// What this binary cannot gather
pub(super) enum Gathered {}

impl Gathered {
    pub(super) fn files(&self) -> std::iter::Empty<(&str, String)> {
        match *self {}
    }

    pub(super) fn folders(&self) -> std::iter::Empty<&str> {
        match *self {}
    }

    pub(super) fn causes(&self) -> std::iter::Empty<(&str, &str)> {
        match *self {}
    }

    pub(super) fn line(&self, _location: &Location) -> Option<String> {
        match *self {}
    }
}

/// What would be asked of AWS
#[derive(Clone, Copy)]
pub(super) struct Wish<'a>(PhantomData<&'a ()>);

impl<'a> Wish<'a> {
    pub(super) fn of(_: &'a CheckArgs) -> Self {
        Self(PhantomData)
    }

    pub(super) fn of_documents(_: &'a GenerateArgs, _: &'a WhatIfArgs) -> Self {
        Self(PhantomData)
    }
}

pub(super) fn gathered(_: Wish<'_>, _: Keep) -> Result<(Planned, Prepared, Gathered), Failure> {
    Err(Problem::general("this binary was built without live mode")
        .with_help("build it with the feature `aws`, or give a snapshot")
        .into())
}

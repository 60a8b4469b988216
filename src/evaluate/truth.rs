//! Three values: what is not known stays not known (rule E5)

use std::ops::{BitAnd, BitOr, Not};

/// True, false, or not known (Kleene logic)
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Truth {
    /// Certainly not
    False,
    /// Not known
    Unknown,
    /// Certainly
    True,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl BitAnd for Truth {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.min(other)
    }
}

impl BitOr for Truth {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.max(other)
    }
}

impl Not for Truth {
    type Output = Self;

    fn not(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }
}

impl Truth {
    /// Whether any of them holds; stops at the first that certainly does
    pub fn any(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::False;
        for truth in truths {
            result = result | truth;
            if result == Self::True {
                break;
            }
        }
        result
    }

    /// Whether all of them hold; stops at the first that certainly does not
    pub fn all(truths: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::True;
        for truth in truths {
            result = result & truth;
            if result == Self::False {
                break;
            }
        }
        result
    }

    /// Whether it certainly holds
    #[must_use]
    pub fn is_true(self) -> bool {
        self == Self::True
    }

    /// Whether it may hold
    #[must_use]
    pub fn is_possible(self) -> bool {
        self != Self::False
    }
}

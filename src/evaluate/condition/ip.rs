//! IP addresses and ranges (rules E172–E174)

use std::net::IpAddr;

use ipnet::IpNet;

/// A range of addresses of one family
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::evaluate) struct AddressRange(IpNet);

impl AddressRange {
    /// Reads an address (the range of itself alone) or a CIDR range, whose host bits are ignored
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Ok(range) = text.parse::<IpNet>() {
            return Some(Self(plain_range(range).trunc()));
        }
        Self::parse_address(text).map(|address| Self(IpNet::from(address)))
    }

    /// Reads one address; an IPv4 address mapped into IPv6 counts as IPv4
    pub(super) fn parse_address(text: &str) -> Option<IpAddr> {
        text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
    }

    /// The range itself
    pub(in crate::evaluate) fn range(&self) -> IpNet {
        self.0
    }

    /// Whether an address lies in the range; one of the other family does not
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address)
    }
}

/// `::ffff:a.b.c.d/n` as the IPv4 range it maps
fn plain_range(range: IpNet) -> IpNet {
    let IpAddr::V4(address) = range.addr().to_canonical() else { return range };
    let IpNet::V6(mapped) = range else { return range };
    let prefix = mapped.prefix_len().checked_sub(96);
    prefix.and_then(|prefix| IpNet::new(IpAddr::V4(address), prefix).ok()).unwrap_or(range)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_and_addresses() {
        let cases = [
            ("203.0.113.0/24", "203.0.113.7", true),
            ("203.0.113.9/24", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.8", false),
            ("2001:DB8:1234::/48", "2001:db8:1234:0::1", true),
            ("2001:db8::1", "2001:0db8:0:0:0:0:0:1", true),
            ("203.0.113.0/24", "::ffff:203.0.113.7", true),
            ("::ffff:203.0.113.0/120", "203.0.113.7", true),
            ("203.0.113.0/24", "2001:db8::1", false),
            ("0.0.0.0/0", "2001:db8::1", false),
        ];
        for (range, address, expected) in cases {
            let contained = AddressRange::parse(range).unwrap().contains(AddressRange::parse_address(address).unwrap());
            assert_eq!(contained, expected, "{address} in {range}");
        }
        assert_eq!(AddressRange::parse("203.0.113.0/33"), None);
        assert_eq!(AddressRange::parse("203.0.113"), None);
    }
}

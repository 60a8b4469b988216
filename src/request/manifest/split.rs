//! Lines from a reader, without copying where the buffer holds the whole line

use std::io::{self, BufRead, ErrorKind};

/// One line without its line feed
#[derive(Clone, Copy)]
pub(super) enum RawLine<'b> {
    /// All of its bytes
    Whole(&'b [u8]),
    /// Longer than the limit; its bytes are gone
    TooLong,
}

/// Splits a reader at line feeds; holds at most one line of the longest permitted length
pub(super) struct Splitter<R> {
    reader: R,
    longest: usize,
    /// The beginning of a line that did not fit into the reader's buffer
    carried: Vec<u8>,
    bytes: u64,
}

/// How the step through one buffer ended
enum Step {
    LineEnd,
    MoreToCome,
    End,
}

impl<R: BufRead> Splitter<R> {
    pub(super) fn new(reader: R, longest: usize) -> Self {
        Self { reader, longest, carried: Vec::new(), bytes: 0 }
    }

    /// The bytes read so far
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Hands over the next line, or says that there is none
    pub(super) fn next(&mut self, line: &mut dyn FnMut(RawLine<'_>)) -> io::Result<bool> {
        self.carried.clear();
        let (mut begun, mut too_long) = (false, false);
        loop {
            let buffer = match self.reader.fill_buf() {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                other => other?,
            };
            let end = memchr::memchr(b'\n', buffer);
            let (part, used) = match end.and_then(|end| buffer.get(..end)) {
                Some(part) => (part, part.len() + 1),
                None => (buffer, buffer.len()),
            };
            let step = match end {
                Some(_) => Step::LineEnd,
                None if buffer.is_empty() => Step::End,
                None => Step::MoreToCome,
            };
            too_long |= self.carried.len() + part.len() > self.longest;
            let whole = matches!(step, Step::LineEnd) && self.carried.is_empty() && !too_long;
            if whole {
                line(RawLine::Whole(part));
            } else if !too_long {
                self.carried.extend_from_slice(part);
            }
            self.bytes += u64::try_from(used).unwrap_or(u64::MAX);
            self.reader.consume(used);
            begun |= used > 0;
            match step {
                Step::MoreToCome => {}
                Step::End if !begun => return Ok(false),
                Step::LineEnd | Step::End => {
                    if !whole {
                        line(if too_long { RawLine::TooLong } else { RawLine::Whole(&self.carried) });
                    }
                    return Ok(true);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn split(text: &[u8], buffer: usize, longest: usize) -> Vec<Option<Vec<u8>>> {
        let mut lines = Vec::new();
        let mut splitter = Splitter::new(BufReader::with_capacity(buffer, text), longest);
        let mut keep = |line: RawLine<'_>| match line {
            RawLine::Whole(bytes) => lines.push(Some(bytes.to_vec())),
            RawLine::TooLong => lines.push(None),
        };
        while splitter.next(&mut keep).unwrap() {}
        assert_eq!(splitter.bytes(), u64::try_from(text.len()).unwrap());
        lines
    }

    #[test]
    fn lines_are_the_same_whatever_the_buffer_holds() {
        let cases: [(&str, &[Option<&str>]); 8] = [
            ("", &[]),
            ("\n", &[Some("")]),
            ("a", &[Some("a")]),
            ("a\n", &[Some("a")]),
            ("a\n\nb", &[Some("a"), Some(""), Some("b")]),
            ("1234\n12345\n1", &[Some("1234"), None, Some("1")]),
            ("123456789", &[None]),
            ("123456789\n", &[None]),
        ];
        for (text, expected) in cases {
            let expected: Vec<_> = expected.iter().map(|line| line.map(|line| line.as_bytes().to_vec())).collect();
            for buffer in 1..12 {
                assert_eq!(split(text.as_bytes(), buffer, 4), expected, "{text:?} with a buffer of {buffer}");
            }
        }
    }

    /// Fails first with an interruption, as a signal does, then reads on
    struct Interrupted(bool);

    impl io::Read for Interrupted {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if !std::mem::replace(&mut self.0, true) {
                return Err(ErrorKind::Interrupted.into());
            }
            let _ = buffer;
            Err(ErrorKind::UnexpectedEof.into())
        }
    }

    #[test]
    fn interruptions_are_retried_and_failures_passed_on() {
        let mut splitter = Splitter::new(BufReader::new(Interrupted(false)), 4);
        let error = splitter.next(&mut |_| {}).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
}

//! Streams of cases: whole or in pieces, lines or an array, the output is the same
#![no_main]

use std::io::{Cursor, Read};

use iam_preflight::simulate::stream::{self, Settings, Stopped};
use libfuzzer_sys::fuzz_target;

/// Gives a few bytes at a time
struct Pieces(Cursor<Vec<u8>>, usize);

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.1.min(buffer.len());
        self.0.read(&mut buffer[..length])
    }
}

fn output(source: impl Read + Send + 'static, check: bool) -> (Vec<u8>, String) {
    let mut out = Vec::new();
    let ended = match stream::run(source, "cases", Settings { check, ..Settings::default() }, &mut out) {
        Ok(summary) => format!("{summary:?}"),
        Err(Stopped::Input(problems)) => format!("{:?}", problems.0),
        Err(Stopped::Output(error)) => panic!("{error}"),
    };
    (out, ended)
}

fuzz_target!(|bytes: &[u8]| {
    let piece = 1 + bytes.len() / 3;
    for check in [false, true] {
        let whole = output(Cursor::new(bytes.to_vec()), check);
        assert_eq!(whole, output(Pieces(Cursor::new(bytes.to_vec()), piece), check));
    }
});

//! A client's socket that leaves stamps where the client keeps us waiting, and that tells in our words what ends before
//! there is a request.
//!
//! A head that is too large or that is none is answered by the HTTP library itself, with a status and no word; and a head
//! that does not come in time is answered by nobody. Both are noticed here: nothing else is written before a request is in.

// Saturating: counts of bytes that are read away.

use super::asked::Place;
use super::fault::Fault;
use super::places::Connection;
use super::problem::Problem;
use axum::http::StatusCode;
use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// What hyper reads from and writes to.
pub(super) struct Socket {
    stream: TcpStream,
    connection: Arc<Connection>,
    /// What is written in place of a bare answer, and how much of it is.
    last_words: Option<(Vec<u8>, usize)>,
    /// Bytes of a request that is not answered, which were read away so that its sender gets as far as our answer.
    read_away: usize,
}

/// So many of them at most.
const READ_AWAY_MAX: usize = 1 << 20;

impl Socket {
    pub(super) fn new(stream: TcpStream, connection: Arc<Connection>) -> Socket {
        Socket { stream, connection, last_words: None, read_away: 0 }
    }

    /// Writes our own answer instead of one without words. Ready when all of it is written.
    fn poll_last_words(&mut self, context: &mut Context<'_>, status: u16) -> Poll<Result<()>> {
        let connection = &self.connection;
        let (text, written) = self.last_words.get_or_insert_with(|| (words(status, &connection.gates.base), 0));
        while let Some(rest) = text.get(*written..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.stream).poll_write(context, rest))? {
                0 => break,
                bytes => *written = written.saturating_add(bytes),
            }
        }
        Poll::Ready(Ok(()))
    }

    /// The status of an answer that the library gives of its own: no request is in.
    fn bare_status(&self, bytes: &[u8]) -> Option<u16> {
        let status = bytes.strip_prefix(b"HTTP/1.1 ")?.get(..3)?;
        let status = std::str::from_utf8(status).ok()?.parse().ok()?;
        (self.connection.waits_for_head() && status >= 400).then_some(status)
    }

    fn written(&self, written: Poll<Result<usize>>) -> Poll<Result<usize>> {
        match &written {
            Poll::Pending => self.connection.is_blocked(),
            Poll::Ready(Ok(bytes)) => self.connection.has_taken(*bytes),
            Poll::Ready(Err(_)) => {}
        }
        written
    }
}

/// A whole answer, written without the library.
fn words(status: u16, base: &str) -> Vec<u8> {
    let problem = match status {
        431 => Problem::new(Fault::RequestHeadTooLarge, "the head of a request has at most 16 KiB and 100 fields"),
        414 => Problem::new(Fault::RequestHeadTooLarge, "the head of a request has at most 16 KiB and 100 fields")
            .at(StatusCode::URI_TOO_LONG),
        408 => Problem::new(Fault::RequestSlow, "no whole head of a request came in time; send the same again"),
        _ => Problem::new(Fault::RequestInvalid, "this is no request of HTTP/1.1 (RFC 9112)"),
    };
    let place = Place { base: base.to_owned(), instance: format!("{base}/") };
    problem.bare(&place)
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        if self.connection.is_late(context) {
            // To the library this is the client's end.
            return self.poll_last_words(context, 408);
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.connection.has_bytes();
        }
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        if let Some(status) = self.bare_status(bytes) {
            return self.poll_last_words(context, status).map_ok(|()| bytes.len());
        }
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.written(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        if let Some(status) = slices.first().and_then(|first| self.bare_status(first)) {
            let all = slices.iter().map(|slice| slice.len()).sum::<usize>();
            return self.poll_last_words(context, status).map_ok(|()| all);
        }
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.written(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Hyper asks for this when it has nothing left to write.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        if flushed.is_ready() {
            self.connection.is_flushed();
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        ready!(Pin::new(&mut self.stream).poll_shutdown(context))?;
        // What is still on its way would be answered with a reset, and that takes our last words from whoever sends.
        let mut piece = [0; 4 << 10];
        while self.last_words.is_some() && self.read_away < READ_AWAY_MAX {
            let mut buffer = ReadBuf::new(&mut piece);
            match ready!(Pin::new(&mut self.stream).poll_read(context, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {
                    self.read_away = self.read_away.saturating_add(buffer.filled().len());
                }
                Ok(()) | Err(_) => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

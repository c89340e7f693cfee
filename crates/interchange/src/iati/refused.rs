//! Why a file is refused as a whole: it cannot be read safely, or it is not an IATI activity file.

/// A refusal: what, on which line (1-based), and what to do about it. Nothing of the file was handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// No bytes, or white space only.
    #[error("the file is empty: download it again")]
    Empty,
    /// A web page, with its title, quoted.
    #[error(
        "this is a web page{title}, not the file: the server sent it instead; open the address in a browser, see what it asks for, and download the file again"
    )]
    WebPage {
        /// A space and the title in brackets, or nothing.
        title: String,
    },
    /// An archive, or compressed in a way that is not read here.
    #[error("this is {what}: unpack it first, and import the XML file that is in it")]
    Packed {
        /// What it is.
        what: &'static str,
    },
    /// A gzip file that cannot be unpacked.
    #[error("this is a gzip file that is damaged or cut short: download it again")]
    GzipBroken,
    /// A gzip file that holds more than [`MAX_BYTES`](super::MAX_BYTES).
    #[error(
        "this is a gzip file that holds more than the {limit} bytes that this reader takes: unpack it, and split it by activity"
    )]
    UnpacksTooLarge {
        /// The limit.
        limit: usize,
    },
    /// JSON.
    #[error("this is JSON, not XML: ask the server for the activity file in IATI's XML, and download that")]
    Json,
    /// Neither XML nor any of the above.
    #[error("this is {what}, not an IATI activity file: download the file itself")]
    Other {
        /// What it is.
        what: &'static str,
    },
    /// Text without markup.
    #[error("line 1: this is plain text, not XML; it begins with \"{says}\": download the file again")]
    PlainText {
        /// How it begins, shortened.
        says: String,
    },
    /// A server's message that something went wrong, as XML.
    #[error(
        "line {line}: this is an error message of a server (its root element is {root}), not the file: download it again"
    )]
    ServerError {
        /// Line of the root element.
        line: u64,
        /// Name of the root element.
        root: String,
    },
    /// It ends before its elements do.
    #[error("line {line}: the file ends {within}: it was cut short, download it again")]
    CutShort {
        /// The last line.
        line: u64,
        /// Where it ends, such as `while <transaction> is open`.
        within: String,
    },
    /// More than [`MAX_BYTES`](super::MAX_BYTES).
    #[error("the file has {bytes} bytes, more than the {limit} this reader takes: split it by activity")]
    TooLarge {
        /// Size of the file.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// An encoding this reader does not know.
    #[error("line 1: the encoding \"{label}\" is not known: convert the file to UTF-8 and declare that")]
    Encoding {
        /// The label in the XML declaration, or the name of what the first bytes show.
        label: String,
    },
    /// Bytes that are not text in the encoding the file declares.
    #[error("line {line}: not valid {encoding}: convert the file to UTF-8, or correct the encoding it declares")]
    NotText {
        /// Line of the first bad byte.
        line: u64,
        /// The encoding tried.
        encoding: &'static str,
    },
    /// A document type declaration; entities defined there are a way to attack readers, and IATI has no use for one.
    #[error("line {line}: a DOCTYPE is never read: remove it (IATI files have none)")]
    Doctype {
        /// Line.
        line: u64,
    },
    /// A reference to an entity other than `lt`, `gt`, `amp`, `quot`, `apos` or a character number.
    #[error("line {line}: the entity &{name}; is not defined: write the character itself")]
    Entity {
        /// Line.
        line: u64,
        /// Its name, shortened.
        name: String,
    },
    /// A character that XML 1.0 does not allow, as itself or by number.
    #[error("line {line}: character U+{code:04X} is not allowed in XML: remove it")]
    Character {
        /// Line.
        line: u64,
        /// Its code point.
        code: u32,
    },
    /// Not well-formed XML.
    #[error(
        "line {line}: not well-formed XML ({why}): the file is damaged or cut short, download it again or repair it"
    )]
    Malformed {
        /// Line.
        line: u64,
        /// What the parser met.
        why: String,
    },
    /// An organisation file.
    #[error(
        "line {line}: this is an IATI organisation file (iati-organisations), which has no transactions: import the publisher's activity file"
    )]
    Organisations {
        /// Line of the root element.
        line: u64,
    },
    /// Another root element.
    #[error("line {line}: not an IATI activity file: its root element is {root}, not iati-activities")]
    NotIati {
        /// Line of the root element.
        line: u64,
        /// Name of the root element as written, shortened; with a note if a namespace makes it another.
        root: String,
    },
    /// Elements nested deeper than [`MAX_DEPTH`](super::MAX_DEPTH).
    #[error("line {line}: elements are nested more than {limit} deep: this is no IATI file a publisher would write")]
    TooDeep {
        /// Line.
        line: u64,
        /// The limit.
        limit: usize,
    },
    /// A tag longer than [`MAX_TAG_BYTES`](super::MAX_TAG_BYTES).
    #[error("line {line}: a tag of {bytes} bytes, more than {limit}: shorten its attributes")]
    TagTooLong {
        /// Line.
        line: u64,
        /// Its length.
        bytes: usize,
        /// The limit.
        limit: usize,
    },
    /// An element with more attributes than [`MAX_ATTRIBUTES`](super::MAX_ATTRIBUTES).
    #[error("line {line}: an element with more than {limit} attributes: remove what is not IATI's")]
    TooManyAttributes {
        /// Line.
        line: u64,
        /// The limit.
        limit: usize,
    },
    /// More elements than [`MAX_ELEMENTS`](super::MAX_ELEMENTS).
    #[error("line {line}: more than {limit} elements: split the file by activity")]
    TooManyElements {
        /// Line of the first one too many.
        line: u64,
        /// The limit.
        limit: u64,
    },
    /// More transactions than [`MAX_TRANSACTIONS`](super::MAX_TRANSACTIONS).
    #[error("line {line}: more than {limit} transactions: split the file by activity")]
    TooManyTransactions {
        /// Line of the first one too many.
        line: u64,
        /// The limit.
        limit: u64,
    },
}

impl Refused {
    /// A stable word for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "file.empty",
            Self::WebPage { .. } => "file.web_page",
            Self::Packed { .. } => "file.packed",
            Self::GzipBroken => "file.gzip_damaged",
            Self::UnpacksTooLarge { .. } | Self::TooLarge { .. } => "file.too_large",
            Self::Json => "file.json",
            Self::Other { .. } => "file.other",
            Self::PlainText { .. } => "file.plain_text",
            Self::ServerError { .. } => "file.server_error",
            Self::CutShort { .. } => "file.cut_short",
            Self::Encoding { .. } | Self::NotText { .. } => "file.encoding",
            Self::Doctype { .. } => "xml.doctype",
            Self::Entity { .. } => "xml.entity",
            Self::Character { .. } => "xml.character",
            Self::Malformed { .. } => "xml.malformed",
            Self::Organisations { .. } => "iati.organisations",
            Self::NotIati { .. } => "iati.other_root",
            Self::TooDeep { .. }
            | Self::TagTooLong { .. }
            | Self::TooManyAttributes { .. }
            | Self::TooManyElements { .. }
            | Self::TooManyTransactions { .. } => "xml.limit",
        }
    }

    /// The line that it is about, from 1; none if it is about the file as a whole.
    #[must_use]
    pub fn line(&self) -> Option<u64> {
        match self {
            Self::Empty
            | Self::WebPage { .. }
            | Self::Packed { .. }
            | Self::GzipBroken
            | Self::UnpacksTooLarge { .. }
            | Self::TooLarge { .. }
            | Self::Json
            | Self::Other { .. } => None,
            Self::PlainText { .. } | Self::Encoding { .. } => Some(1),
            Self::ServerError { line, .. }
            | Self::CutShort { line, .. }
            | Self::NotText { line, .. }
            | Self::Doctype { line }
            | Self::Entity { line, .. }
            | Self::Character { line, .. }
            | Self::Malformed { line, .. }
            | Self::Organisations { line }
            | Self::NotIati { line, .. }
            | Self::TooDeep { line, .. }
            | Self::TagTooLong { line, .. }
            | Self::TooManyAttributes { line, .. }
            | Self::TooManyElements { line, .. }
            | Self::TooManyTransactions { line, .. } => Some(*line),
        }
    }
}

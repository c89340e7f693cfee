//! Lists, which come page by page.

/// A page of a list.
pub trait Paged {
    /// What it is a list of.
    type Row;

    /// Its rows.
    fn rows(&mut self) -> &mut Vec<Self::Row>;

    /// Path and query of the next page; none after the last.
    fn next(&self) -> Option<&str>;
}

/// A page that says nothing but what every page says.
pub trait Plain: Paged {
    /// The same page with its rows in another form.
    type Of<R: serde::Serialize>: From<Parts<R>> + serde::Serialize;
}

/// Declares the page of a list: its rows under a name of their own, and what every page says.
macro_rules! page {
    ($(#[$about:meta])* $name:ident, $member:ident: $row:ty) => {
        $(#[$about])*
        #[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
        pub struct $name<R = $row> {
            /// The rows of this page.
            pub $member: Vec<R>,
            /// Path and query of the next page; null on the last.
            pub next: Option<String>,
            /// The log.
            pub origin: String,
            /// After how many events of it this holds.
            pub size: u64,
        }

        impl<R> crate::page::Paged for $name<R> {
            type Row = R;

            fn rows(&mut self) -> &mut Vec<R> {
                &mut self.$member
            }

            fn next(&self) -> Option<&str> {
                self.next.as_deref()
            }
        }

        impl<R> crate::page::Plain for $name<R> {
            type Of<S: serde::Serialize> = $name<S>;
        }

        impl<R> From<crate::page::Parts<R>> for $name<R> {
            fn from(page: crate::page::Parts<R>) -> Self {
                let crate::page::Parts { rows, next, origin, size } = page;
                $name { $member: rows, next, origin, size }
            }
        }
    };
}

pub(crate) use page;

/// What every page is made of.
#[derive(Debug, Clone)]
pub struct Parts<R> {
    /// Its rows.
    pub rows: Vec<R>,
    /// Path and query of the next page.
    pub next: Option<String>,
    /// The log.
    pub origin: String,
    /// After how many events.
    pub size: u64,
}

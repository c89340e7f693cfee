//! The command line: almoner.

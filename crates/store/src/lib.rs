//! Where bytes survive: the ports Log and Anchor, and their adapters.

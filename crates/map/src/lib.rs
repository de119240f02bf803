//! A drawing of networks: the VPCs as nested boxes, what is in them, which way it goes out, and who may talk to
//! whom. Pure: resolved networks in, text out; the same networks always give the same drawing.

mod layout;
mod picture;
mod survey;
mod svg;
mod text;

pub use picture::{
    Interface, Map, Outward, Party, RouteLine, Subnet, Talk, TargetKind, Tier, Vpc, What, Zone,
};
pub use survey::{Label, Labels, survey};
pub use svg::svg;
pub use text::text;

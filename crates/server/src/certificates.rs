//! ACM's authority: moat's own, the one that sandboxes trust.

use base::Ids;
use edge::Ca;
use std::sync::Arc;
use svc_acm::needs::{Authority, AuthorityError, Signed, Wanted};

pub struct OwnAuthority {
    pub ca: Arc<Ca>,
    pub ids: Arc<dyn Ids>,
}

impl Authority for OwnAuthority {
    fn sign(&self, wanted: &Wanted<'_>) -> Result<Signed, AuthorityError> {
        let times = (wanted.not_before, wanted.not_after);
        let signed = self.ca.sign(wanted.names, wanted.key, times, self.ids.as_ref());
        let certificate_pem = signed.map_err(|error| AuthorityError { reason: error.to_string() })?;
        Ok(Signed { certificate_pem, chain_pem: self.ca.bundle_pem().to_owned() })
    }
}

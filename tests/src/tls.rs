//! TLS before a server of this machine, with a certificate that was made a moment ago.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// A server's certificate for some names.
#[derive(Clone)]
pub struct Certificate {
    acceptor: TlsAcceptor,
    /// The root that it is trusted by, in PEM.
    pub root: String,
}

impl Certificate {
    /// A new one.
    #[must_use]
    pub fn of(names: &[&str]) -> Self {
        let mut params = CertificateParams::new([]).expect("parameters");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("a root");
        let key = KeyPair::generate().expect("a key");
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let leaf = CertificateParams::new(names).expect("parameters").signed_by(&key, &root).expect("a leaf");
        let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let config = ServerConfig::builder_with_provider(Arc::new(default_provider()));
        let config = config.with_safe_default_protocol_versions().expect("TLS").with_no_client_auth();
        let mut config = config.with_single_cert(vec![leaf.der().clone()], key).expect("a certificate");
        // What is behind it speaks no other, and neither do DynamoDB, SNS and Secrets Manager.
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { acceptor: TlsAcceptor::from(Arc::new(config)), root: root.pem() }
    }

    /// Puts TLS with this certificate before the server at `upstream` (`127.0.0.1:8000`), on `listener`, for as long as
    /// the runtime lasts.
    pub fn before(&self, upstream: &str, listener: TcpListener) {
        let (acceptor, upstream) = (self.acceptor.clone(), upstream.to_owned());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, upstream) = (acceptor.clone(), upstream.clone());
                tokio::spawn(async move {
                    stream.set_nodelay(true)?;
                    let mut stream = acceptor.accept(stream).await?;
                    let mut service = TcpStream::connect(upstream).await?;
                    service.set_nodelay(true)?;
                    copy_bidirectional(&mut stream, &mut service).await
                });
            }
        });
    }
}

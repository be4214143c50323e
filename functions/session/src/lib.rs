//! `GET` and `DELETE /auth/session`: who is signed in in this browser, and signing out. `POST /auth/lock` and `POST
//! /auth/unlock`: the owner chooses that only recognized browsers get codes, and takes that back.

use lambda_http::http::Method;
use lambda_http::{Body, Request, Response};
use shared::error::Error;
use shared::http::{self, ApiResponse, Cookie, CookieName, Origins, Problem, cookies, guard};
use shared::login::session::Session;
use shared::store::Table;
use shared::time::Timestamp;

/// The function, and what it needs.
pub struct SessionFunction {
    table: Table,
    origins: Origins,
}

impl SessionFunction {
    /// Signs out for pages of `origins`.
    #[must_use]
    pub fn new(table: Table, origins: Origins) -> Self {
        Self { table, origins }
    }

    /// Answers one request.
    pub async fn handle(&self, request: Request, now: Timestamp) -> Response<Body> {
        let result = match *request.method() {
            Method::DELETE => self.sign_out(&request, now).await,
            Method::POST if request.uri().path().ends_with("/auth/lock") => self.lock(&request, now).await,
            Method::POST => self.unlock(&request, now).await,
            _ => self.describe(&request, now).await,
        };
        http::respond(&request, result)
    }

    async fn describe(&self, request: &Request, now: Timestamp) -> Result<ApiResponse, Problem> {
        guard::without_query(request)?;
        let cookie = cookies::read(request, CookieName::Session).ok_or(Error::NoSession)?;
        let mut session = self.table.session(cookie.hash(), now).await?;
        let account = self.table.account_state(&session, now).await?;
        if let Some(touched) = session.touched(now) {
            self.table.touch(&touched, now).await?;
            session = touched;
        }
        ApiResponse::ok(&session.describe(account))
    }

    async fn lock(&self, request: &Request, now: Timestamp) -> Result<ApiResponse, Problem> {
        let session = self.fresh_session(request, now).await?;
        self.table.lock(&session, &cookies::devices(request).names(), now).await?;
        Ok(ApiResponse::no_content())
    }

    async fn unlock(&self, request: &Request, now: Timestamp) -> Result<ApiResponse, Problem> {
        let session = self.fresh_session(request, now).await?;
        self.table.unlock(&session).await?;
        Ok(ApiResponse::no_content())
    }

    /// The session of a person who proved only a moment ago who they are (requirement C-16).
    async fn fresh_session(&self, request: &Request, now: Timestamp) -> Result<Session, Problem> {
        guard::let_in(request, &self.origins)?;
        guard::no_body(request)?;
        let cookie = cookies::read(request, CookieName::Session).ok_or(Error::NoSession)?;
        let session = self.table.session(cookie.hash(), now).await?;
        if session.is_fresh(now) { Ok(session) } else { Err(Error::SignInAgain.into()) }
    }

    async fn sign_out(&self, request: &Request, now: Timestamp) -> Result<ApiResponse, Problem> {
        guard::let_in(request, &self.origins)?;
        guard::no_body(request)?;
        let cookie = cookies::read(request, CookieName::Session).ok_or(Error::NoSession)?;
        self.table.end_session(&cookie.hash(), now).await?;
        Ok(ApiResponse::no_content().cookie(&Cookie::clear(CookieName::Session)).clear_site_data())
    }
}

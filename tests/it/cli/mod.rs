//! The binary itself, as people and scripts run it: whole outputs, exit codes, and what never happens.

pub mod bed;
mod connect;
mod contract;
mod examples;
mod lifecycle;
mod malformed;
mod output;
mod ownership;
mod recipes;
mod reference;
mod review;
mod risky;
mod targets;
mod tools;

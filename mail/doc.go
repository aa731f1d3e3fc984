// Package mail writes and delivers the mails of an account: templates with a handful of variables, mailers for SMTP and
// for the log, and the worker that takes mails from an outbox until each is delivered or given up. It keeps nothing
// itself and makes no codes: the outbox and the composing of a mail are its caller's.
package mail

// Seals ballots in the browser: compact JWE, RSA-OAEP-256 and A256GCM, all of one length, as the server writes them.
// Knows a blank ballot, a public key and the receipt of a sealed text. Sends nothing and keeps nothing.
"use strict";

const sealing = (() => {
  const HEADER = '{"alg":"RSA-OAEP-256","enc":"A256GCM"}';
  const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  const RECEIPT = { length: 20, group: 5 };
  const encoder = new TextEncoder();

  // Only over https, or on this very machine, do browsers give a page their cryptography.
  const isPossible = () => window.isSecureContext && Boolean(window.crypto && window.crypto.subtle);

  function base64url(buffer) {
    const text = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
    return btoa(text).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  // Sorted names, no spaces, nothing escaped that need not be: the one way a ballot is written.
  function payload(ballot, size) {
    const written = encoder.encode(JSON.stringify(ballot, Object.keys(ballot).sort()));
    if (written.length > size) throw new RangeError("the ballot does not fit");
    const padded = new Uint8Array(size).fill(0x20);
    padded.set(written);
    return padded;
  }

  // One line without control and invisible characters, as the server tidies a comment.
  function tidy(comment, longest) {
    const visible = comment.normalize("NFC").replace(/\s/gu, " ").replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, "");
    return Array.from(visible.trim().replace(/ +/g, " ")).slice(0, longest).join("").trim();
  }

  function open(jwk) {
    const { kty, n, e } = jwk;
    const key = { kty, n, e, alg: "RSA-OAEP-256" };
    return crypto.subtle.importKey("jwk", key, { name: "RSA-OAEP", hash: "SHA-256" }, false, ["encrypt"]);
  }

  async function seal(key, ballot, size) {
    const head = base64url(encoder.encode(HEADER));
    const secret = crypto.getRandomValues(new Uint8Array(32));
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const content = await crypto.subtle.importKey("raw", secret, "AES-GCM", false, ["encrypt"]);
    const wrapped = await crypto.subtle.encrypt({ name: "RSA-OAEP" }, key, secret);
    const how = { name: "AES-GCM", iv, additionalData: encoder.encode(head), tagLength: 128 };
    const hidden = await crypto.subtle.encrypt(how, content, payload(ballot, size));
    secret.fill(0);
    const parts = [wrapped, iv, hidden.slice(0, -16), hidden.slice(-16)].map(base64url);
    return [head, ...parts].join(".");
  }

  // The first hundred bits of the SHA-256, in groups of five letters and digits.
  async function receiptOf(sealed) {
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", encoder.encode(sealed)));
    const bits = Array.from(digest, (byte) => byte.toString(2).padStart(8, "0")).join("");
    const groups = [];
    for (let at = 0; at < RECEIPT.length; at += RECEIPT.group) {
      const letters = Array.from({ length: RECEIPT.group }, (_, place) => ALPHABET[parseInt(bits.slice((at + place) * 5, (at + place) * 5 + 5), 2)]);
      groups.push(letters.join(""));
    }
    return groups.join("-");
  }

  return { isPossible, tidy, open, seal, receiptOf };
})();

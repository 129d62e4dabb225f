import type { Scheme } from '../scheme-schema.js';
import { github } from './github.js';
import { gitlab } from './gitlab.js';
import { hmac } from './hmac.js';
import type { SignatureScheme } from './signature-scheme.js';
import { slack } from './slack.js';
import { standard } from './standard.js';
import { stripe } from './stripe.js';

const PRESETS = { standard, github, gitlab, stripe, slack };

/** How requests of this scheme are signed. */
export const schemeOf = (scheme: Scheme): SignatureScheme =>
  scheme.type === 'hmac' ? hmac(scheme) : PRESETS[scheme.type];

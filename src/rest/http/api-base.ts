/** The injection token of the path before `/v1`; empty in the service. */
export const API_BASE = Symbol('API_BASE');

/** The injection token of the address of the API as its callers outside see it; null where that is not configured. */
export const PUBLIC_URL = Symbol('PUBLIC_URL');

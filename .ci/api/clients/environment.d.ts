declare const process: { env: { API_URL: string; API_TOKEN: string }; exitCode?: number };

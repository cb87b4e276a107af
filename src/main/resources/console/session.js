// Who is signed in. The token is kept for this tab only, and is gone when the tab is closed.
const TOKEN = "mooring.token";
const TENANT = "mooring.tenant";

export const session = {
  token: sessionStorage.getItem(TOKEN) || "",
  tenant: sessionStorage.getItem(TENANT) || "",
  me: null,
  /** What to do when this token is good no more; another may be signed in by then. */
  expired: () => {},

  begin(token) {
    this.token = token;
    sessionStorage.setItem(TOKEN, token);
  },

  choose(tenant) {
    this.tenant = tenant;
    sessionStorage.setItem(TENANT, tenant);
  },

  end() {
    this.token = "";
    this.tenant = "";
    this.me = null;
    sessionStorage.removeItem(TOKEN);
    sessionStorage.removeItem(TENANT);
  },

  /** True for who may change things and send calls to others. */
  get administers() {
    return this.me.role === "operator" || this.me.role === "tenant-admin";
  },

  get reads() {
    return this.administers || this.me.role === "read-only";
  },

  get retrieves() {
    return this.me.role !== "read-only";
  },

  /** My phone: that of the token, else the one that was chosen. */
  get extension() {
    return this.me.extension || localStorage.getItem(`mooring.extension.${this.tenant}`) || "";
  },

  set extension(number) {
    localStorage.setItem(`mooring.extension.${this.tenant}`, number);
  },
};

#!/usr/bin/env python3
"""Loopback AWS test peer: moto 5.2.5 behind one WSGI layer that adds what moto lacks.

  python testbed_server.py [--port 0] [--ready-file F] [--server waitress|werkzeug] [--exit-on-stdin-eof]
  prints "READY http://127.0.0.1:PORT pid=N" on stdout when it answers; binds 127.0.0.1 only.

Everything except the paths below goes to moto unchanged.
  IAM SimulatePrincipalPolicy / SimulateCustomPolicy / GetContextKeysFor*:
      answered from SCRIPTED rules in the documented wire format (never evaluated here; an unscripted
      request is an HTTP 400 'TestbedUnscripted', so no test can pass by accident).
  GET    /_testbed/ready                 {"ok":true}
  POST   /_testbed/reset                 clears rules, faults, log and moto's state
  PUT    /_testbed/simulation            {"shape":"aggregate"|"per-resource","page_size":100,"rules":[RULE..],"context_keys":[..]}
  POST   /_testbed/fault                 {"action":"s3:HeadObject"|"iam:GetRole"|"*","times":2,"status":503,"code":"SlowDown","message":"..","skip":0}
  KMS calls with DryRun are answered with DryRunOperationException, unless a fault says otherwise.
  POST   /_testbed/seed                  {"bucket":"b","prefix":"img/","suffix":".jpg","count":20000,"body":"x","sse":"aws:kms","kms_key_id":"arn..","account":"123456789012"}
                                         puts the objects straight into moto's store (the bucket must exist), keys prefix%06dsuffix
  POST   /_testbed/call                  [{"service":"iam","operation":"create_role","params":{..},"region":"eu-west-1"}..] sent by boto3 to this
                                         server, unlogged and free of faults; answers the list of results, or 400 with the first error
  GET    /_testbed/log[?key=AKID]        every AWS request seen: [{"op":"iam:GetRole","params":{..},"path":..,"key":"AKID"}]
A fault, a simulation and the log can be limited to one access key id ("key"), so that tests that run side by side do not meet.
Beside "status"/"code"/"message" a fault can be {"delay":seconds} (then goes on), {"cut":true} (closes the connection),
{"body":"text"} (that body, as it is), {"headers":{..}} (further response headers), "path":"glob" (only these paths),
"expected_owner":"123456789012" (only S3 calls that expect this owner of the bucket; moto does not look at it).
RULE: {"principal":"*","action":"s3:*","resource":"*","decision":"allowed","matched":[{"SourcePolicyId":..,
       "SourcePolicyType":"IAM Policy","StartPosition":{"Line":1,"Column":38},"EndPosition":{..}}],
       "excluding":["scp"] (only for calls whose PolicyExclusionList names just these types),
       "missing":[..],"boundary":true|false,"organizations":true|false,"details":{"IAM Policy":"allowed"},"template":"arn:.."}
"aggregate"    = the shape botocore >= 1.43.58..60 / aws-sdk-iam 1.133 document: ONE EvaluationResult per action,
                 per-resource decisions in ResourceSpecificResults, most restrictive decision on top.
"per-resource" = the shape before July 2026 (and of LocalStack, MiniStack, fakecloud): one result per action x resource.
"""
import argparse, fnmatch, io, json, os, re, signal, socket, sys, threading, time, uuid
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
NS = "https://iam.amazonaws.com/doc/2010-05-08/"
SIM = {"SimulatePrincipalPolicy", "SimulateCustomPolicy", "GetContextKeysForPrincipalPolicy", "GetContextKeysForCustomPolicy"}
lock = threading.Lock()
FRESH = {"rules": [], "shape": "aggregate", "page_size": 100, "context_keys": []}
SEED_KEY = "TESTBEDSEED"
state = {"simulations": {}, "faults": [], "log": []}
me = {"url": None}


def reset():
    with lock:
        state.update(simulations={}, faults=[], log=[])


def simulation_of(key):
    """The rules for this access key id, else those for every key"""
    return state["simulations"].get(key) or state["simulations"].get(None) or FRESH


def rid():
    return str(uuid.uuid4())


def iam_error(status, code, msg, typ="Sender"):
    return status, f'<ErrorResponse xmlns="{NS}"><Error><Type>{typ}</Type><Code>{code}</Code><Message>{escape(msg)}</Message></Error><RequestId>{rid()}</RequestId></ErrorResponse>'


def members(p, prefix):
    out, i = [], 1
    while f"{prefix}.member.{i}" in p:
        out.append(p[f"{prefix}.member.{i}"]); i += 1
    return out


def statement_xml(m):
    pos = lambda n: f"<{n}><Column>{m[n]['Column']}</Column><Line>{m[n]['Line']}</Line></{n}>" if m.get(n) else ""
    typ = f"<SourcePolicyType>{escape(m['SourcePolicyType'])}</SourcePolicyType>" if m.get("SourcePolicyType") else ""
    return f"<member><SourcePolicyId>{escape(m['SourcePolicyId'])}</SourcePolicyId>{pos('EndPosition')}{typ}{pos('StartPosition')}</member>"


def lst(tag, items):
    return f"<{tag}>{''.join(items)}</{tag}>" if items else f"<{tag}/>"


def parts(r, with_missing=True):
    x = ""
    if r.get("details") is not None:
        x += lst("EvalDecisionDetails", [f"<entry><key>{escape(k)}</key><value>{v}</value></entry>" for k, v in r["details"].items()])
    if r.get("boundary") is not None:
        x += f"<PermissionsBoundaryDecisionDetail><AllowedByPermissionsBoundary>{str(r['boundary']).lower()}</AllowedByPermissionsBoundary></PermissionsBoundaryDecisionDetail>"
    x += lst("MatchedStatements", [statement_xml(m) for m in r.get("matched", [])])
    return x, lst("MissingContextValues", [f"<member>{escape(k)}</member>" for k in (r.get("missing", []) if with_missing else [])])


def org(r):
    return "" if r.get("organizations") is None else f"<OrganizationsDecisionDetail><AllowedByOrganizations>{str(r['organizations']).lower()}</AllowedByOrganizations></OrganizationsDecisionDetail>"


RANK = {"explicitDeny": 0, "implicitDeny": 1, "allowed": 2}


def find(rules, principal, action, resource, excluded):
    for r in rules:
        if r.get("excluding", excluded) == excluded and all(fnmatch.fnmatchcase(v, r.get(k, "*")) for k, v in (("principal", principal), ("action", action), ("resource", resource))):
            return r


def principal_exists(arn):
    from moto.iam.models import iam_backends
    m = re.fullmatch(r"arn:(aws[a-z-]*):iam::(\d{12}):(user|role|group)/(.+)", arn)
    if not m:
        return None
    b = iam_backends[m[2]][m[1]]
    return any(x.arn == arn for x in {"user": b.users, "role": b.roles, "group": b.groups}[m[3]].values())


def simulate(action, p, key):
    sim = simulation_of(key)
    principal = p.get("PolicySourceArn") or p.get("CallerArn") or "custom"
    if action.endswith("PrincipalPolicy"):
        ex = principal_exists(principal)
        if ex is None:
            return iam_error(400, "InvalidInput", f"Invalid Entity Arn: {principal}")
        if not ex:
            return iam_error(404, "NoSuchEntity", f"{principal} cannot be found.")
    if action.startswith("GetContextKeys"):
        return 200, f'<{action}Response xmlns="{NS}"><{action}Result>{lst("ContextKeyNames", [f"<member>{escape(k)}</member>" for k in sim["context_keys"]])}</{action}Result><ResponseMetadata><RequestId>{rid()}</RequestId></ResponseMetadata></{action}Response>'
    excluded = [p[k] for k in sorted(p) if re.fullmatch(r"PolicyExclusionList\.member\.\d+\.PolicyType", k)]
    actions = members(p, "ActionNames"); resources = members(p, "ResourceArns") or ["*"]
    if not actions:
        return iam_error(400, "ValidationError", "1 validation error detected: Value null at 'actionNames' failed to satisfy constraint: Member must not be null")
    bad = [a for a in actions if not re.fullmatch(r"[A-Za-z0-9-]+:[A-Za-z0-9*?]+", a)]
    if bad:
        return iam_error(400, "InvalidInput", f"Invalid Action name: {bad[0]}")
    try:
        n = int(p.get("MaxItems", sim["page_size"])); off = int(p.get("Marker", "0"))
        assert 1 <= n <= 1000
    except (ValueError, AssertionError):
        return iam_error(400, "ValidationError", "MaxItems or Marker out of range")
    out = []
    for a in actions:
        hits = []
        for res in resources:
            r = find(sim["rules"], principal, a, res, excluded)
            if r is None:
                return iam_error(400, "TestbedUnscripted", f"no scripted simulation for principal={principal} action={a} resource={res}")
            hits.append((res, r))
        star = resources == ["*"]
        if sim["shape"] == "per-resource":
            for res, r in hits:
                x, miss = parts(r)
                out.append(f"<member>{x}{org(r)}{miss}<EvalResourceName>{escape(res)}</EvalResourceName><EvalDecision>{r['decision']}</EvalDecision><EvalActionName>{a}</EvalActionName></member>")
            continue
        worst = min((r for _, r in hits), key=lambda r: RANK[r["decision"]])
        same = [r for _, r in hits if r["decision"] == worst["decision"]]
        top = {"details": worst.get("details", None if star else {}), "boundary": worst.get("boundary"),
               "matched": [json.loads(s) for s in dict.fromkeys(json.dumps(m) for r in same for m in r.get("matched", []))],
               "missing": list(dict.fromkeys(m for _, r in hits for m in r.get("missing", [])))}
        x, miss = parts(top)
        sub = "" if star else "<ResourceSpecificResults>" + "".join(
            "<member>%s<EvalResourceDecision>%s</EvalResourceDecision>%s<EvalResourceName>%s</EvalResourceName></member>"
            % (parts(r)[0], r["decision"], parts(r)[1], escape(res)) for res, r in hits) + "</ResourceSpecificResults>"
        out.append(f"<member>{x}{org(worst)}{miss}<EvalResourceName>{escape(worst.get('template', '*'))}</EvalResourceName><EvalDecision>{worst['decision']}</EvalDecision><EvalActionName>{a}</EvalActionName>{sub}</member>")
    page = out[off:off + n]; more = off + n < len(out)
    return 200, (f'<{action}Response xmlns="{NS}"><{action}Result><IsTruncated>{str(more).lower()}</IsTruncated>'
                 + (f"<Marker>{off + n}</Marker>" if more else "") + lst("EvaluationResults", page)
                 + f"</{action}Result><ResponseMetadata><RequestId>{rid()}</RequestId></ResponseMetadata></{action}Response>")


S3_SUB = ("encryption", "location", "policy", "policyStatus", "publicAccessBlock", "versioning", "acl", "tagging", "ownershipControls", "attributes", "uploads")


def classify(env):
    """-> (service:Operation, params, body or None)"""
    auth = env.get("HTTP_AUTHORIZATION", ""); m = re.search(r"Credential=[^/]+/\d+/[^/]*/([^/]+)/", auth); svc = m[1] if m else "s3"
    tgt = env.get("HTTP_X_AMZ_TARGET")
    if tgt or env.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        n = int(env.get("CONTENT_LENGTH") or 0); body = env["wsgi.input"].read(n); env["wsgi.input"] = io.BytesIO(body)
        if tgt:
            try: return f"{svc}:{tgt.rsplit('.', 1)[-1]}", json.loads(body or b"{}"), body
            except ValueError: return f"{svc}:{tgt.rsplit('.', 1)[-1]}", {}, body
        p = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        return f"{svc}:{p.get('Action', '?')}", p, body
    q = dict(parse_qsl(env.get("QUERY_STRING", ""), keep_blank_values=True)); key = env["PATH_INFO"].strip("/").count("/") > 0
    verb = {"GET": "Get", "HEAD": "Head", "PUT": "Put", "DELETE": "Delete", "POST": "Post"}.get(env["REQUEST_METHOD"], "X")
    sub = next((s for s in S3_SUB if s in q), None)
    if q.get("list-type") == "2": op = "ListObjectsV2"
    elif sub: op = verb + ("Object" if key else "Bucket") + sub[0].upper() + sub[1:]
    else: op = verb + ("Object" if key else "Bucket")
    return f"s3:{op}", q, None


def fault_for(op, key, path, owner):
    with lock:
        for f in state["faults"]:
            if f.get("expected_owner", owner) == owner and fnmatch.fnmatchcase(op, f.get("action", "*")) and f.get("key", key) == key and fnmatch.fnmatchcase(path, f.get("path", "*")):
                if f.get("skip", 0) > 0: f["skip"] -= 1; continue
                if f.get("times", 1) > 0: f["times"] = f.get("times", 1) - 1; return dict(f)


def cut(start):
    """Closes the connection of a request without an answer: waitress's start_response knows its task, and that its socket"""
    for cell in start.__closure__ or ():
        channel = getattr(cell.cell_contents, "channel", None)
        if channel is not None:
            try: channel.socket.shutdown(socket.SHUT_RDWR)
            except OSError: pass
            return


clients = {}
# A call from inside occupies two of the server's threads: without a limit, set-ups could wait for each other
inside = threading.Semaphore(4)


def call_all(calls):
    """Runs API calls against this server with boto3, whose checks of parameters keep the tests honest"""
    import boto3, botocore.config
    out = []
    for c in calls:
        name = (c["service"], c.get("region", "us-east-1"))
        with lock:
            if name not in clients:
                clients[name] = boto3.client(name[0], region_name=name[1], endpoint_url=me["url"], aws_access_key_id=SEED_KEY, aws_secret_access_key="seed",
                                             config=botocore.config.Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}))
        r = getattr(clients[name], c["operation"])(**c.get("params", {}))
        r.pop("ResponseMetadata", None); out.append(r)
    return out


def app_factory(inner):
    R = {200: "OK", 301: "Moved Permanently", 400: "Bad Request", 403: "Forbidden", 404: "Not Found", 412: "Precondition Failed", 429: "Too Many Requests", 500: "Internal Server Error", 503: "Service Unavailable"}

    def reply(start, status, body, ctype="text/xml", extra=()):
        b = body.encode() if isinstance(body, str) else body
        start(f"{status} {R.get(status, 'X')}", [("Content-Type", ctype), ("Content-Length", str(len(b))), ("x-amzn-RequestId", rid()), *extra]); return [b]

    def app(env, start):
        path = env["PATH_INFO"]
        if path.startswith("/_testbed/"):
            n = int(env.get("CONTENT_LENGTH") or 0); body = env["wsgi.input"].read(n) if n else b""
            what = path[10:]
            if what == "reset":
                reset()
                e2 = {**env, "PATH_INFO": "/moto-api/reset", "REQUEST_METHOD": "POST", "CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO(b"")}
                b"".join(inner(e2, lambda *a, **k: None))
            elif what == "simulation":
                d = json.loads(body)
                with lock: state["simulations"][d.get("key")] = {**simulation_of(d.get("key")), **{k: v for k, v in d.items() if k in FRESH}}
            elif what == "call":
                try:
                    with inside: return reply(start, 200, json.dumps(call_all(json.loads(body)), default=str), "application/json")
                except Exception as e: return reply(start, 400, f"{type(e).__name__}: {e}", "text/plain")
            elif what == "fault":
                with lock: state["faults"].append(json.loads(body))
            elif what == "seed":
                from moto.s3.models import s3_backends
                d = json.loads(body); b3 = s3_backends[d.get("account", "123456789012")]["aws"]; data = d.get("body", "x").encode()
                for i in range(d.get("first", 0), d.get("first", 0) + d["count"]):
                    b3.put_object(d["bucket"], f"{d.get('prefix', '')}{i:06d}{d.get('suffix', '')}", data, storage=d.get("storage"), encryption=d.get("sse"), kms_key_id=d.get("kms_key_id"), disable_notification=True)
            elif what == "log":
                wanted = dict(parse_qsl(env.get("QUERY_STRING", ""))).get("key")
                with lock: return reply(start, 200, json.dumps([e for e in state["log"] if wanted in (None, e["key"])]), "application/json")
            elif what != "ready":
                return reply(start, 404, "{}", "application/json")
            return reply(start, 200, '{"ok":true}', "application/json")
        op, params, body = classify(env)
        m = re.search(r"Credential=([^/]+)/", env.get("HTTP_AUTHORIZATION", "")); key = m[1] if m else None
        if key == SEED_KEY: return inner(env, start)
        with lock:
            if len(state["log"]) < 200000: state["log"].append({"op": op, "params": params, "path": path, "key": key})
        f = fault_for(op, key, path, env.get("HTTP_X_AMZ_EXPECTED_BUCKET_OWNER"))
        if f and "delay" in f:
            time.sleep(f["delay"])
            if "status" not in f: f = None
        if f and f.get("cut"):
            cut(start); return reply(start, 500, b"")
        if f and "body" in f:
            return reply(start, f.get("status", 200), b"" if env["REQUEST_METHOD"] == "HEAD" else f["body"], f.get("type", "text/xml"), list(f.get("headers", {}).items()))
        if f:
            code, msg, st = f.get("code", "InternalFailure"), f.get("message", "injected"), f.get("status", 500)
            extra = list(f.get("headers", {}).items())
            if "HTTP_X_AMZ_TARGET" in env: return reply(start, st, json.dumps({"__type": code, "message": msg}), "application/x-amz-json-1.1", [("x-amzn-ErrorType", code), *extra])
            if op.startswith("s3:"): return reply(start, st, b"" if env["REQUEST_METHOD"] == "HEAD" else f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>{escape(msg)}</Message><RequestId>{rid()}</RequestId></Error>', "application/xml", extra)
            return reply(start, *iam_error(st, code, msg, "Sender" if st < 500 else "Receiver"))
        svc, _, name = op.partition(":")
        if svc == "iam" and name in SIM: return reply(start, *simulate(name, params, key))
        if svc == "kms" and params.get("DryRun") is True:  # moto would make the call
            return reply(start, 412, json.dumps({"__type": "DryRunOperationException", "message": "The request would have succeeded, but the DryRun option is set."}), "application/x-amz-json-1.1")
        return inner(env, start)
    return app


def patch_moto():
    """The three moto gaps that a read-only IAM client notices: GAAD paging, GAAD trust-policy encoding, user boundary."""
    from moto.core.responses import ActionResult, EmptyResult
    from moto.core.serialize import url_encode
    from moto.iam.responses import IamResponse
    from moto.iam.models import User
    IamResponse.RESPONSE_KEY_PATH_TO_TRANSFORMER["GetAccountAuthorizationDetailsResponse.RoleDetailList.RoleDetail.AssumeRolePolicyDocument"] = url_encode

    def gaad(self):
        d = self.backend.get_account_authorization_details(self._get_param("Filter", []))
        flat = [(k, x) for k in ("users", "groups", "roles", "managed_policies") for x in d[k]]
        n, off = int(self._get_param("MaxItems") or 100), int(self._get_param("Marker") or 0)
        page, more = flat[off:off + n], off + n < len(flat)
        pick = lambda k: [x for kk, x in page if kk == k]
        r = {"UserDetailList": pick("users"), "GroupDetailList": pick("groups"), "RoleDetailList": pick("roles"), "Policies": pick("managed_policies"), "IsTruncated": more}
        if more: r["Marker"] = str(off + n)
        return ActionResult(r)

    def put_b(self):
        u = self.backend.get_user(self._get_param("UserName")); arn = self._get_param("PermissionsBoundary")
        self.backend.get_policy(arn)
        u.permissions_boundary = {"PermissionsBoundaryType": "PermissionsBoundaryPolicy", "PermissionsBoundaryArn": arn}
        return EmptyResult()

    def del_b(self):
        u = self.backend.get_user(self._get_param("UserName"))
        if hasattr(u, "permissions_boundary"): del u.permissions_boundary
        return EmptyResult()
    IamResponse.get_account_authorization_details = gaad
    IamResponse.put_user_permissions_boundary = put_b
    IamResponse.delete_user_permissions_boundary = del_b


def main():
    ap = argparse.ArgumentParser(); ap.add_argument("--port", type=int, default=0); ap.add_argument("--ready-file"); ap.add_argument("--server", default="waitress", choices=["waitress", "werkzeug"]); ap.add_argument("--threads", type=int, default=48)
    ap.add_argument("--exit-on-stdin-eof", action="store_true", help="for a test harness that holds our stdin: we end when it does, however it dies")
    a = ap.parse_args(); host = "127.0.0.1"
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    patch_moto()
    app = app_factory(DomainDispatcherApplication(create_backend_app))
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0)); signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    s = socket.socket(socket.AF_INET, socket.SOCK_STREAM); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1); s.bind((host, a.port)); s.listen(1024)
    url = me["url"] = f"http://{host}:{s.getsockname()[1]}"

    def ready():
        print(f"READY {url} pid={os.getpid()}", flush=True)
        if a.ready_file:
            with open(a.ready_file + ".tmp", "w") as fh: fh.write(url)
            os.replace(a.ready_file + ".tmp", a.ready_file)
    if a.exit_on_stdin_eof:
        threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
    if a.server == "waitress":
        import waitress
        srv = waitress.create_server(app, sockets=[s], threads=a.threads, connection_limit=4000, asyncore_use_poll=True, max_request_body_size=2**31, ident="testbed", clear_untrusted_proxy_headers=False)
        ready(); srv.run()
    else:
        from werkzeug.serving import make_server
        s.close(); srv = make_server(host, int(url.rsplit(":", 1)[1]), app, threaded=True, request_handler=MotoRequestHandler); ready(); srv.serve_forever()


if __name__ == "__main__":
    main()

// Business rule of ServiceNow: tells nexthink-gdpr by a Standard Webhook (1.0.0) that a ticket was approved.
// Table: that of the tickets, such as sc_req_item. When: async, after update. Condition: Approval changes to Approved.
// Application: Global, where scripts may pause. It tries four times within a minute and a half, then writes to the system log.
// System properties: x_gdpr.webhook_url (<ApiUrl>/v1/webhooks/<id>) and x_gdpr.webhook_secret (password2; what follows whsec_).
(function executeRule(current) {
  var id = current.getUniqueValue() + '.' + current.getValue('sys_mod_count'); // the same in every try: it counts once
  var body = JSON.stringify({ type: 'ticket.approved', data: { key: current.getUniqueValue() } });
  var secret = gs.getProperty('x_gdpr.webhook_secret'); // base64 of the key, as generateMac wants it

  function send() {
    var timestamp = String(Math.floor(new GlideDateTime().getNumericValue() / 1000));
    var signed = id + '.' + timestamp + '.' + body;
    var signature = new GlideCertificateEncryption().generateMac(secret, 'HmacSHA256', signed);
    var call = new sn_ws.RESTMessageV2();
    call.setEndpoint(gs.getProperty('x_gdpr.webhook_url'));
    call.setHttpMethod('post');
    call.setRequestHeader('Content-Type', 'application/json');
    call.setRequestHeader('webhook-id', id);
    call.setRequestHeader('webhook-timestamp', timestamp);
    call.setRequestHeader('webhook-signature', 'v1,' + signature);
    call.setRequestBody(body);
    try {
      return call.execute().getStatusCode();
    } catch (_unreachable) {
      return 0;
    }
  }

  var pauses = [5, 20, 60];
  var status = send();
  for (var i = 0; i < pauses.length && (status === 0 || status === 429 || status >= 500); i += 1) {
    gs.sleep(pauses[i] * 1000);
    status = send();
  }
  if (status !== 200 && status !== 202) gs.error('nexthink-gdpr did not take ' + id + ': HTTP ' + status);
})(current);

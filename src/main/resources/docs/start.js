// Shows the contract of this node. Nothing is asked of anybody else: no validator, no web fonts.
SwaggerUIBundle({
  url: 'openapi.yaml',
  dom_id: '#contract',
  deepLinking: true,
  docExpansion: 'list',
  filter: true,
  validatorUrl: null,
});

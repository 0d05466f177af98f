{# The label that keeps several accounts apart in one warehouse; `default` when the tap sets none (see vars). #}
{% macro account_label() -%}
  {%- if var('comagic_account_label') -%} account_id {%- else -%} 'default' {%- endif -%}
{%- endmacro %}

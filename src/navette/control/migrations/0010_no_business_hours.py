"""Nothing read the domain's business hours: exports follow the time sheets of sources."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("control", "0009_plain_labels")]

    operations = [migrations.RemoveField(model_name="domain", name="business_hours")]
